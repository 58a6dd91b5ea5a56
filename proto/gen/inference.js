/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["inference"] || ($protobuf.roots["inference"] = {});

export const fairlead = $root.fairlead = (() => {

    /**
     * Namespace fairlead.
     * @exports fairlead
     * @namespace
     */
    const fairlead = {};

    fairlead.inference = (function() {

        /**
         * Namespace inference.
         * @memberof fairlead
         * @namespace
         */
        const inference = {};

        inference.v1 = (function() {

            /**
             * Namespace v1.
             * @memberof fairlead.inference
             * @namespace
             */
            const v1 = {};

            v1.Inference = (function() {

                /**
                 * Constructs a new Inference service.
                 * @memberof fairlead.inference.v1
                 * @classdesc Generates text. Credentials travel as metadata `authorization: Bearer KEY`; nothing in a message says who is asking.
                 * Every answer carries the metadata `x-request-id`, and `x-ratelimit-*` if its key is known. A refusal is a gRPC status with
                 * trailing metadata `fairlead-code` (the refusal's name), `fairlead-param` (the field at fault) and `retry-after-ms` (when trying again can help).
                 * What answers is told in the leading metadata `x-fairlead-model`, as `model@version` and `:digest` of an adapter; that it is on its way out, in
                 * trailing metadata `deprecation`, `sunset` and `link`, as HTTP's headers of these names have it.
                 * Cancelling the call cancels the generation. A call's deadline is kept by the service too.
                 * 
                 * Metadata `idempotency-key` (1 to 255 visible ASCII characters) names a request: it runs once. The same again under the same key gets what it brought,
                 * or ABORTED with `idempotency_key_in_use` and `retry-after-ms` while it runs; with metadata `last-event-id` (the `index` of the last delta), a
                 * `GenerateStream` goes on behind that delta, and runs again if nobody keeps its output.
                 * @extends $protobuf.rpc.Service
                 * @constructor
                 * @param {$protobuf.RPCImpl} rpcImpl RPC implementation
                 * @param {boolean} [requestDelimited=false] Whether requests are length-delimited
                 * @param {boolean} [responseDelimited=false] Whether responses are length-delimited
                 */
                const Inference = function(rpcImpl, requestDelimited, responseDelimited) {
                    $protobuf.rpc.Service.call(this, rpcImpl, requestDelimited, responseDelimited);
                };

                $Object.defineProperty(Inference.prototype = $Object.create($protobuf.rpc.Service.prototype), "constructor", { value: Inference, writable: true, enumerable: false, configurable: true });

                /**
                 * Creates new Inference service using the specified rpc implementation.
                 * @function create
                 * @memberof fairlead.inference.v1.Inference
                 * @static
                 * @param {$protobuf.RPCImpl} rpcImpl RPC implementation
                 * @param {boolean} [requestDelimited=false] Whether requests are length-delimited
                 * @param {boolean} [responseDelimited=false] Whether responses are length-delimited
                 * @returns {Inference} RPC service. Useful where requests and/or responses are streamed.
                 */
                Inference.create = function(rpcImpl, requestDelimited, responseDelimited) {
                    return new this(rpcImpl, requestDelimited, responseDelimited);
                };

                /**
                 * Callback as used by {@link fairlead.inference.v1.Inference#generate}.
                 * @memberof fairlead.inference.v1.Inference
                 * @typedef GenerateCallback
                 * @type {function}
                 * @param {Error|null} error Error, if any
                 * @param {fairlead.inference.v1.GenerateResponse} [response] GenerateResponse
                 */

                /**
                 * Answers once, with the whole output.
                 * @memberof fairlead.inference.v1.Inference
                 * @typedef Generate
                 * @type {{
                 *   (request: fairlead.inference.v1.IGenerateRequest, callback: fairlead.inference.v1.Inference.GenerateCallback): void;
                 *   (request: fairlead.inference.v1.IGenerateRequest): Promise<fairlead.inference.v1.GenerateResponse>;
                 *   readonly name: "Generate";
                 *   readonly path: "/fairlead.inference.v1.Inference/Generate";
                 *   readonly requestType: "GenerateRequest";
                 *   readonly responseType: "GenerateResponse";
                 *   readonly requestStream: undefined;
                 *   readonly responseStream: undefined;
                 * }}
                 */

                /**
                 * Answers once, with the whole output.
                 * @name fairlead.inference.v1.Inference#generate
                 * @type {fairlead.inference.v1.Inference.Generate}
                 */
                $Object.defineProperties(Inference.prototype.generate = function(request, callback) {
                    return $protobuf.rpc.Service.prototype.rpcCall.call(this, Inference.prototype.generate, $root.fairlead.inference.v1.GenerateRequest, $root.fairlead.inference.v1.GenerateResponse, request, callback);
                }, {
                    name: { value: "Generate" },
                    path: { value: "/fairlead.inference.v1.Inference/Generate" },
                    requestType: { value: "GenerateRequest" },
                    responseType: { value: "GenerateResponse" },
                    requestStream: { value: $undefined },
                    responseStream: { value: $undefined }
                });

                /**
                 * Callback as used by {@link fairlead.inference.v1.Inference#generateStream}.
                 * @memberof fairlead.inference.v1.Inference
                 * @typedef GenerateStreamCallback
                 * @type {function}
                 * @param {Error|null} error Error, if any
                 * @param {fairlead.inference.v1.GenerateEvent} [response] GenerateEvent
                 */

                /**
                 * Answers piece by piece: any number of `delta`, then exactly one `completed`. A stream without `completed` is not whole.
                 * @memberof fairlead.inference.v1.Inference
                 * @typedef GenerateStream
                 * @type {{
                 *   (request: fairlead.inference.v1.IGenerateRequest, callback: fairlead.inference.v1.Inference.GenerateStreamCallback): void;
                 *   (request: fairlead.inference.v1.IGenerateRequest): Promise<fairlead.inference.v1.GenerateEvent>;
                 *   readonly name: "GenerateStream";
                 *   readonly path: "/fairlead.inference.v1.Inference/GenerateStream";
                 *   readonly requestType: "GenerateRequest";
                 *   readonly responseType: "GenerateEvent";
                 *   readonly requestStream: undefined;
                 *   readonly responseStream: true;
                 * }}
                 */

                /**
                 * Answers piece by piece: any number of `delta`, then exactly one `completed`. A stream without `completed` is not whole.
                 * @name fairlead.inference.v1.Inference#generateStream
                 * @type {fairlead.inference.v1.Inference.GenerateStream}
                 */
                $Object.defineProperties(Inference.prototype.generateStream = function(request, callback) {
                    return $protobuf.rpc.Service.prototype.rpcCall.call(this, Inference.prototype.generateStream, $root.fairlead.inference.v1.GenerateRequest, $root.fairlead.inference.v1.GenerateEvent, request, callback);
                }, {
                    name: { value: "GenerateStream" },
                    path: { value: "/fairlead.inference.v1.Inference/GenerateStream" },
                    requestType: { value: "GenerateRequest" },
                    responseType: { value: "GenerateEvent" },
                    requestStream: { value: $undefined },
                    responseStream: { value: true }
                });

                /**
                 * Callback as used by {@link fairlead.inference.v1.Inference#resume}.
                 * @memberof fairlead.inference.v1.Inference
                 * @typedef ResumeCallback
                 * @type {function}
                 * @param {Error|null} error Error, if any
                 * @param {fairlead.inference.v1.GenerateEvent} [response] GenerateEvent
                 */

                /**
                 * Goes on with a stream that was lost, behind the last delta that was read, through whatever door it began; for half a minute. One reader at a time.
                 * @memberof fairlead.inference.v1.Inference
                 * @typedef Resume
                 * @type {{
                 *   (request: fairlead.inference.v1.IResumeRequest, callback: fairlead.inference.v1.Inference.ResumeCallback): void;
                 *   (request: fairlead.inference.v1.IResumeRequest): Promise<fairlead.inference.v1.GenerateEvent>;
                 *   readonly name: "Resume";
                 *   readonly path: "/fairlead.inference.v1.Inference/Resume";
                 *   readonly requestType: "ResumeRequest";
                 *   readonly responseType: "GenerateEvent";
                 *   readonly requestStream: undefined;
                 *   readonly responseStream: true;
                 * }}
                 */

                /**
                 * Goes on with a stream that was lost, behind the last delta that was read, through whatever door it began; for half a minute. One reader at a time.
                 * @name fairlead.inference.v1.Inference#resume
                 * @type {fairlead.inference.v1.Inference.Resume}
                 */
                $Object.defineProperties(Inference.prototype.resume = function(request, callback) {
                    return $protobuf.rpc.Service.prototype.rpcCall.call(this, Inference.prototype.resume, $root.fairlead.inference.v1.ResumeRequest, $root.fairlead.inference.v1.GenerateEvent, request, callback);
                }, {
                    name: { value: "Resume" },
                    path: { value: "/fairlead.inference.v1.Inference/Resume" },
                    requestType: { value: "ResumeRequest" },
                    responseType: { value: "GenerateEvent" },
                    requestStream: { value: $undefined },
                    responseStream: { value: true }
                });

                return Inference;
            })();

            v1.ResumeRequest = (function() {

                /**
                 * Properties of a ResumeRequest.
                 * @typedef {Object} fairlead.inference.v1.ResumeRequest.$Properties
                 * @property {string|null} [requestId] As events and `x-request-id` name it.
                 * @property {number|null} [after] The `index` of the last delta that was read. Absent: nothing was.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a ResumeRequest.
                 * @memberof fairlead.inference.v1
                 * @interface IResumeRequest
                 * @augments fairlead.inference.v1.ResumeRequest.$Properties
                 * @deprecated Use fairlead.inference.v1.ResumeRequest.$Properties instead.
                 */

                /**
                 * Shape of a ResumeRequest.
                 * @typedef {fairlead.inference.v1.ResumeRequest.$Properties} fairlead.inference.v1.ResumeRequest.$Shape
                 */

                /**
                 * Constructs a new ResumeRequest.
                 * @memberof fairlead.inference.v1
                 * @classdesc Which stream, and from where.
                 * @constructor
                 * @param {fairlead.inference.v1.ResumeRequest.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const ResumeRequest = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * As events and `x-request-id` name it.
                 * @member {string} requestId
                 * @memberof fairlead.inference.v1.ResumeRequest
                 * @instance
                 */
                ResumeRequest.prototype.requestId = "";

                /**
                 * The `index` of the last delta that was read. Absent: nothing was.
                 * @member {number|null|undefined} after
                 * @memberof fairlead.inference.v1.ResumeRequest
                 * @instance
                 */
                ResumeRequest.prototype.after = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(ResumeRequest.prototype, "_after", {
                    get: $util.oneOfGetter($oneOfFields = ["after"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new ResumeRequest instance using the specified properties.
                 * @function create
                 * @memberof fairlead.inference.v1.ResumeRequest
                 * @static
                 * @param {fairlead.inference.v1.ResumeRequest.$Properties=} [properties] Properties to set
                 * @returns {fairlead.inference.v1.ResumeRequest} ResumeRequest instance
                 * @type {{
                 *   (properties: fairlead.inference.v1.ResumeRequest.$Shape): fairlead.inference.v1.ResumeRequest & fairlead.inference.v1.ResumeRequest.$Shape;
                 *   (properties?: fairlead.inference.v1.ResumeRequest.$Properties): fairlead.inference.v1.ResumeRequest;
                 * }}
                 */
                ResumeRequest.create = function(properties) {
                    return new ResumeRequest(properties);
                };

                /**
                 * Encodes the specified ResumeRequest message. Does not implicitly {@link fairlead.inference.v1.ResumeRequest.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.inference.v1.ResumeRequest
                 * @static
                 * @param {fairlead.inference.v1.ResumeRequest.$Properties} message ResumeRequest message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                ResumeRequest.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.requestId != null && $Object.hasOwnProperty.call(message, "requestId") && message.requestId !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.requestId);
                    if (message.after != null && $Object.hasOwnProperty.call(message, "after"))
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.after);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a ResumeRequest message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.inference.v1.ResumeRequest
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.ResumeRequest & fairlead.inference.v1.ResumeRequest.$Shape} ResumeRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                ResumeRequest.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.fairlead.inference.v1.ResumeRequest();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.requestId = value;
                                else
                                    delete message.requestId;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                message.after = reader.uint32();
                                message._after = "after";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                /**
                 * Gets the type url for ResumeRequest
                 * @function getTypeUrl
                 * @memberof fairlead.inference.v1.ResumeRequest
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                ResumeRequest.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.inference.v1.ResumeRequest";
                };

                return ResumeRequest;
            })();

            v1.GenerateRequest = (function() {

                /**
                 * Properties of a GenerateRequest.
                 * @typedef {Object} fairlead.inference.v1.GenerateRequest.$Properties
                 * @property {string|null} [model] A model's id, `id:adapter`, or an alias.
                 * @property {fairlead.inference.v1.ChatPrompt.$Properties|null} [chat] A conversation, put through the model's chat template.
                 * @property {string|null} [prompt] Plain text, taken as it is. Not empty.
                 * @property {fairlead.inference.v1.GenerateParams.$Properties|null} [params] How to generate. Absent: every default.
                 * @property {"chat"|"prompt"} [input] What to continue. Exactly one must be set.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a GenerateRequest.
                 * @memberof fairlead.inference.v1
                 * @interface IGenerateRequest
                 * @augments fairlead.inference.v1.GenerateRequest.$Properties
                 * @deprecated Use fairlead.inference.v1.GenerateRequest.$Properties instead.
                 */

                /**
                 * Narrowed shape of a GenerateRequest.
                 * @typedef {{
                 *   model?: string|null;
                 *   chat?: fairlead.inference.v1.ChatPrompt.$Shape|null;
                 *   prompt?: string|null;
                 *   params?: fairlead.inference.v1.GenerateParams.$Shape|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ input?: undefined; chat?: null; prompt?: null }|{ input?: "chat"; chat: fairlead.inference.v1.ChatPrompt.$Shape; prompt?: null }|{ input?: "prompt"; chat?: null; prompt: string })
                 * )} fairlead.inference.v1.GenerateRequest.$Shape
                 */

                /**
                 * Constructs a new GenerateRequest.
                 * @memberof fairlead.inference.v1
                 * @classdesc What to generate.
                 * @constructor
                 * @param {fairlead.inference.v1.GenerateRequest.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const GenerateRequest = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * A model's id, `id:adapter`, or an alias.
                 * @member {string} model
                 * @memberof fairlead.inference.v1.GenerateRequest
                 * @instance
                 */
                GenerateRequest.prototype.model = "";

                /**
                 * A conversation, put through the model's chat template.
                 * @member {fairlead.inference.v1.ChatPrompt.$Properties|null|undefined} chat
                 * @memberof fairlead.inference.v1.GenerateRequest
                 * @instance
                 */
                GenerateRequest.prototype.chat = null;

                /**
                 * Plain text, taken as it is. Not empty.
                 * @member {string|null|undefined} prompt
                 * @memberof fairlead.inference.v1.GenerateRequest
                 * @instance
                 */
                GenerateRequest.prototype.prompt = null;

                /**
                 * How to generate. Absent: every default.
                 * @member {fairlead.inference.v1.GenerateParams.$Properties|null|undefined} params
                 * @memberof fairlead.inference.v1.GenerateRequest
                 * @instance
                 */
                GenerateRequest.prototype.params = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * What to continue. Exactly one must be set.
                 * @member {"chat"|"prompt"|undefined} input
                 * @memberof fairlead.inference.v1.GenerateRequest
                 * @instance
                 */
                $Object.defineProperty(GenerateRequest.prototype, "input", {
                    get: $util.oneOfGetter($oneOfFields = ["chat", "prompt"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new GenerateRequest instance using the specified properties.
                 * @function create
                 * @memberof fairlead.inference.v1.GenerateRequest
                 * @static
                 * @param {fairlead.inference.v1.GenerateRequest.$Properties=} [properties] Properties to set
                 * @returns {fairlead.inference.v1.GenerateRequest} GenerateRequest instance
                 * @type {{
                 *   (properties: fairlead.inference.v1.GenerateRequest.$Shape): fairlead.inference.v1.GenerateRequest & fairlead.inference.v1.GenerateRequest.$Shape;
                 *   (properties?: fairlead.inference.v1.GenerateRequest.$Properties): fairlead.inference.v1.GenerateRequest;
                 * }}
                 */
                GenerateRequest.create = function(properties) {
                    return new GenerateRequest(properties);
                };

                /**
                 * Encodes the specified GenerateRequest message. Does not implicitly {@link fairlead.inference.v1.GenerateRequest.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.inference.v1.GenerateRequest
                 * @static
                 * @param {fairlead.inference.v1.GenerateRequest.$Properties} message GenerateRequest message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                GenerateRequest.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.model != null && $Object.hasOwnProperty.call(message, "model") && message.model !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.model);
                    if (message.chat != null && $Object.hasOwnProperty.call(message, "chat"))
                        $root.fairlead.inference.v1.ChatPrompt.encode(message.chat, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.prompt != null && $Object.hasOwnProperty.call(message, "prompt"))
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.prompt);
                    if (message.params != null && $Object.hasOwnProperty.call(message, "params"))
                        $root.fairlead.inference.v1.GenerateParams.encode(message.params, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a GenerateRequest message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.inference.v1.GenerateRequest
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.GenerateRequest & fairlead.inference.v1.GenerateRequest.$Shape} GenerateRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                GenerateRequest.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.fairlead.inference.v1.GenerateRequest();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.model = value;
                                else
                                    delete message.model;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.chat = $root.fairlead.inference.v1.ChatPrompt.decode(reader, reader.size(), $undefined, _depth + 1, message.chat);
                                message.input = "chat";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.prompt = reader.stringVerify();
                                message.input = "prompt";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                message.params = $root.fairlead.inference.v1.GenerateParams.decode(reader, reader.size(), $undefined, _depth + 1, message.params);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                /**
                 * Gets the type url for GenerateRequest
                 * @function getTypeUrl
                 * @memberof fairlead.inference.v1.GenerateRequest
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                GenerateRequest.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.inference.v1.GenerateRequest";
                };

                return GenerateRequest;
            })();

            v1.ChatPrompt = (function() {

                /**
                 * Properties of a ChatPrompt.
                 * @typedef {Object} fairlead.inference.v1.ChatPrompt.$Properties
                 * @property {Array.<fairlead.inference.v1.ChatMessage.$Properties>|null} [messages] At least one.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a ChatPrompt.
                 * @memberof fairlead.inference.v1
                 * @interface IChatPrompt
                 * @augments fairlead.inference.v1.ChatPrompt.$Properties
                 * @deprecated Use fairlead.inference.v1.ChatPrompt.$Properties instead.
                 */

                /**
                 * Shape of a ChatPrompt.
                 * @typedef {fairlead.inference.v1.ChatPrompt.$Properties} fairlead.inference.v1.ChatPrompt.$Shape
                 */

                /**
                 * Constructs a new ChatPrompt.
                 * @memberof fairlead.inference.v1
                 * @classdesc A conversation, oldest message first.
                 * @constructor
                 * @param {fairlead.inference.v1.ChatPrompt.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const ChatPrompt = function (properties) {
                    this.messages = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * At least one.
                 * @member {Array.<fairlead.inference.v1.ChatMessage.$Properties>} messages
                 * @memberof fairlead.inference.v1.ChatPrompt
                 * @instance
                 */
                ChatPrompt.prototype.messages = $util.emptyArray;

                /**
                 * Creates a new ChatPrompt instance using the specified properties.
                 * @function create
                 * @memberof fairlead.inference.v1.ChatPrompt
                 * @static
                 * @param {fairlead.inference.v1.ChatPrompt.$Properties=} [properties] Properties to set
                 * @returns {fairlead.inference.v1.ChatPrompt} ChatPrompt instance
                 * @type {{
                 *   (properties: fairlead.inference.v1.ChatPrompt.$Shape): fairlead.inference.v1.ChatPrompt & fairlead.inference.v1.ChatPrompt.$Shape;
                 *   (properties?: fairlead.inference.v1.ChatPrompt.$Properties): fairlead.inference.v1.ChatPrompt;
                 * }}
                 */
                ChatPrompt.create = function(properties) {
                    return new ChatPrompt(properties);
                };

                /**
                 * Encodes the specified ChatPrompt message. Does not implicitly {@link fairlead.inference.v1.ChatPrompt.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.inference.v1.ChatPrompt
                 * @static
                 * @param {fairlead.inference.v1.ChatPrompt.$Properties} message ChatPrompt message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                ChatPrompt.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.messages != null && message.messages.length)
                        for (let i = 0; i < message.messages.length; ++i)
                            $root.fairlead.inference.v1.ChatMessage.encode(message.messages[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a ChatPrompt message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.inference.v1.ChatPrompt
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.ChatPrompt & fairlead.inference.v1.ChatPrompt.$Shape} ChatPrompt
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                ChatPrompt.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.fairlead.inference.v1.ChatPrompt();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.messages && message.messages.length))
                                    message.messages = [];
                                message.messages.push($root.fairlead.inference.v1.ChatMessage.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                /**
                 * Gets the type url for ChatPrompt
                 * @function getTypeUrl
                 * @memberof fairlead.inference.v1.ChatPrompt
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                ChatPrompt.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.inference.v1.ChatPrompt";
                };

                return ChatPrompt;
            })();

            v1.ChatMessage = (function() {

                /**
                 * Properties of a ChatMessage.
                 * @typedef {Object} fairlead.inference.v1.ChatMessage.$Properties
                 * @property {string|null} [role] `system`, `developer`, `user`, `assistant` or `tool`.
                 * @property {string|null} [content] Its text.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a ChatMessage.
                 * @memberof fairlead.inference.v1
                 * @interface IChatMessage
                 * @augments fairlead.inference.v1.ChatMessage.$Properties
                 * @deprecated Use fairlead.inference.v1.ChatMessage.$Properties instead.
                 */

                /**
                 * Shape of a ChatMessage.
                 * @typedef {fairlead.inference.v1.ChatMessage.$Properties} fairlead.inference.v1.ChatMessage.$Shape
                 */

                /**
                 * Constructs a new ChatMessage.
                 * @memberof fairlead.inference.v1
                 * @classdesc One message of a conversation.
                 * @constructor
                 * @param {fairlead.inference.v1.ChatMessage.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const ChatMessage = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * `system`, `developer`, `user`, `assistant` or `tool`.
                 * @member {string} role
                 * @memberof fairlead.inference.v1.ChatMessage
                 * @instance
                 */
                ChatMessage.prototype.role = "";

                /**
                 * Its text.
                 * @member {string} content
                 * @memberof fairlead.inference.v1.ChatMessage
                 * @instance
                 */
                ChatMessage.prototype.content = "";

                /**
                 * Creates a new ChatMessage instance using the specified properties.
                 * @function create
                 * @memberof fairlead.inference.v1.ChatMessage
                 * @static
                 * @param {fairlead.inference.v1.ChatMessage.$Properties=} [properties] Properties to set
                 * @returns {fairlead.inference.v1.ChatMessage} ChatMessage instance
                 * @type {{
                 *   (properties: fairlead.inference.v1.ChatMessage.$Shape): fairlead.inference.v1.ChatMessage & fairlead.inference.v1.ChatMessage.$Shape;
                 *   (properties?: fairlead.inference.v1.ChatMessage.$Properties): fairlead.inference.v1.ChatMessage;
                 * }}
                 */
                ChatMessage.create = function(properties) {
                    return new ChatMessage(properties);
                };

                /**
                 * Encodes the specified ChatMessage message. Does not implicitly {@link fairlead.inference.v1.ChatMessage.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.inference.v1.ChatMessage
                 * @static
                 * @param {fairlead.inference.v1.ChatMessage.$Properties} message ChatMessage message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                ChatMessage.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.role != null && $Object.hasOwnProperty.call(message, "role") && message.role !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.role);
                    if (message.content != null && $Object.hasOwnProperty.call(message, "content") && message.content !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.content);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a ChatMessage message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.inference.v1.ChatMessage
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.ChatMessage & fairlead.inference.v1.ChatMessage.$Shape} ChatMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                ChatMessage.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.fairlead.inference.v1.ChatMessage();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.role = value;
                                else
                                    delete message.role;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.content = value;
                                else
                                    delete message.content;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                /**
                 * Gets the type url for ChatMessage
                 * @function getTypeUrl
                 * @memberof fairlead.inference.v1.ChatMessage
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                ChatMessage.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.inference.v1.ChatMessage";
                };

                return ChatMessage;
            })();

            v1.GenerateParams = (function() {

                /**
                 * Properties of a GenerateParams.
                 * @typedef {Object} fairlead.inference.v1.GenerateParams.$Properties
                 * @property {number|null} [maxTokens] Output tokens at most, at least 1. Default: the model's own, shortened to what the context leaves.
                 * @property {number|null} [minTokens] No natural end before this many output tokens. Default 0.
                 * @property {boolean|null} [ignoreEos] Never end naturally: produce exactly `max_tokens`. Default false.
                 * @property {number|null} [temperature] 0 to 2.
                 * @property {number|null} [topP] 0 to 1.
                 * @property {number|null} [presencePenalty] -2 to 2.
                 * @property {number|null} [frequencyPenalty] -2 to 2.
                 * @property {number|null} [seed] Same seed, same request, same output, as far as the engine can.
                 * @property {Array.<string>|null} [stop] Up to four strings that end the output; they are not part of it. Each 1 to 256 characters.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a GenerateParams.
                 * @memberof fairlead.inference.v1
                 * @interface IGenerateParams
                 * @augments fairlead.inference.v1.GenerateParams.$Properties
                 * @deprecated Use fairlead.inference.v1.GenerateParams.$Properties instead.
                 */

                /**
                 * Shape of a GenerateParams.
                 * @typedef {fairlead.inference.v1.GenerateParams.$Properties} fairlead.inference.v1.GenerateParams.$Shape
                 */

                /**
                 * Constructs a new GenerateParams.
                 * @memberof fairlead.inference.v1
                 * @classdesc How to generate. An absent field takes its default.
                 * @constructor
                 * @param {fairlead.inference.v1.GenerateParams.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const GenerateParams = function (properties) {
                    this.stop = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Output tokens at most, at least 1. Default: the model's own, shortened to what the context leaves.
                 * @member {number|null|undefined} maxTokens
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @instance
                 */
                GenerateParams.prototype.maxTokens = null;

                /**
                 * No natural end before this many output tokens. Default 0.
                 * @member {number|null|undefined} minTokens
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @instance
                 */
                GenerateParams.prototype.minTokens = null;

                /**
                 * Never end naturally: produce exactly `max_tokens`. Default false.
                 * @member {boolean|null|undefined} ignoreEos
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @instance
                 */
                GenerateParams.prototype.ignoreEos = null;

                /**
                 * 0 to 2.
                 * @member {number|null|undefined} temperature
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @instance
                 */
                GenerateParams.prototype.temperature = null;

                /**
                 * 0 to 1.
                 * @member {number|null|undefined} topP
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @instance
                 */
                GenerateParams.prototype.topP = null;

                /**
                 * -2 to 2.
                 * @member {number|null|undefined} presencePenalty
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @instance
                 */
                GenerateParams.prototype.presencePenalty = null;

                /**
                 * -2 to 2.
                 * @member {number|null|undefined} frequencyPenalty
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @instance
                 */
                GenerateParams.prototype.frequencyPenalty = null;

                /**
                 * Same seed, same request, same output, as far as the engine can.
                 * @member {number|null|undefined} seed
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @instance
                 */
                GenerateParams.prototype.seed = null;

                /**
                 * Up to four strings that end the output; they are not part of it. Each 1 to 256 characters.
                 * @member {Array.<string>} stop
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @instance
                 */
                GenerateParams.prototype.stop = $util.emptyArray;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(GenerateParams.prototype, "_maxTokens", {
                    get: $util.oneOfGetter($oneOfFields = ["maxTokens"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(GenerateParams.prototype, "_minTokens", {
                    get: $util.oneOfGetter($oneOfFields = ["minTokens"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(GenerateParams.prototype, "_ignoreEos", {
                    get: $util.oneOfGetter($oneOfFields = ["ignoreEos"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(GenerateParams.prototype, "_temperature", {
                    get: $util.oneOfGetter($oneOfFields = ["temperature"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(GenerateParams.prototype, "_topP", {
                    get: $util.oneOfGetter($oneOfFields = ["topP"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(GenerateParams.prototype, "_presencePenalty", {
                    get: $util.oneOfGetter($oneOfFields = ["presencePenalty"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(GenerateParams.prototype, "_frequencyPenalty", {
                    get: $util.oneOfGetter($oneOfFields = ["frequencyPenalty"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(GenerateParams.prototype, "_seed", {
                    get: $util.oneOfGetter($oneOfFields = ["seed"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new GenerateParams instance using the specified properties.
                 * @function create
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @static
                 * @param {fairlead.inference.v1.GenerateParams.$Properties=} [properties] Properties to set
                 * @returns {fairlead.inference.v1.GenerateParams} GenerateParams instance
                 * @type {{
                 *   (properties: fairlead.inference.v1.GenerateParams.$Shape): fairlead.inference.v1.GenerateParams & fairlead.inference.v1.GenerateParams.$Shape;
                 *   (properties?: fairlead.inference.v1.GenerateParams.$Properties): fairlead.inference.v1.GenerateParams;
                 * }}
                 */
                GenerateParams.create = function(properties) {
                    return new GenerateParams(properties);
                };

                /**
                 * Encodes the specified GenerateParams message. Does not implicitly {@link fairlead.inference.v1.GenerateParams.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @static
                 * @param {fairlead.inference.v1.GenerateParams.$Properties} message GenerateParams message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                GenerateParams.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.maxTokens != null && $Object.hasOwnProperty.call(message, "maxTokens"))
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.maxTokens);
                    if (message.minTokens != null && $Object.hasOwnProperty.call(message, "minTokens"))
                        writer.uint32(/* id 2, wireType 0 =*/16).int32(message.minTokens);
                    if (message.ignoreEos != null && $Object.hasOwnProperty.call(message, "ignoreEos"))
                        writer.uint32(/* id 3, wireType 0 =*/24).bool(message.ignoreEos);
                    if (message.temperature != null && $Object.hasOwnProperty.call(message, "temperature"))
                        writer.uint32(/* id 4, wireType 1 =*/33).double(message.temperature);
                    if (message.topP != null && $Object.hasOwnProperty.call(message, "topP"))
                        writer.uint32(/* id 5, wireType 1 =*/41).double(message.topP);
                    if (message.presencePenalty != null && $Object.hasOwnProperty.call(message, "presencePenalty"))
                        writer.uint32(/* id 6, wireType 1 =*/49).double(message.presencePenalty);
                    if (message.frequencyPenalty != null && $Object.hasOwnProperty.call(message, "frequencyPenalty"))
                        writer.uint32(/* id 7, wireType 1 =*/57).double(message.frequencyPenalty);
                    if (message.seed != null && $Object.hasOwnProperty.call(message, "seed"))
                        writer.uint32(/* id 8, wireType 0 =*/64).int32(message.seed);
                    if (message.stop != null && message.stop.length)
                        for (let i = 0; i < message.stop.length; ++i)
                            writer.uint32(/* id 9, wireType 2 =*/74).string(message.stop[i]);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a GenerateParams message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.GenerateParams & fairlead.inference.v1.GenerateParams.$Shape} GenerateParams
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                GenerateParams.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.fairlead.inference.v1.GenerateParams();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                message.maxTokens = reader.int32();
                                message._maxTokens = "maxTokens";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                message.minTokens = reader.int32();
                                message._minTokens = "minTokens";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                message.ignoreEos = reader.bool();
                                message._ignoreEos = "ignoreEos";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 1)
                                    break;
                                message.temperature = reader.double();
                                message._temperature = "temperature";
                                continue;
                            }
                        case 5: {
                                if (wireType !== 1)
                                    break;
                                message.topP = reader.double();
                                message._topP = "topP";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 1)
                                    break;
                                message.presencePenalty = reader.double();
                                message._presencePenalty = "presencePenalty";
                                continue;
                            }
                        case 7: {
                                if (wireType !== 1)
                                    break;
                                message.frequencyPenalty = reader.double();
                                message._frequencyPenalty = "frequencyPenalty";
                                continue;
                            }
                        case 8: {
                                if (wireType !== 0)
                                    break;
                                message.seed = reader.int32();
                                message._seed = "seed";
                                continue;
                            }
                        case 9: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.stop && message.stop.length))
                                    message.stop = [];
                                message.stop.push(reader.stringVerify());
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                /**
                 * Gets the type url for GenerateParams
                 * @function getTypeUrl
                 * @memberof fairlead.inference.v1.GenerateParams
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                GenerateParams.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.inference.v1.GenerateParams";
                };

                return GenerateParams;
            })();

            /**
             * Why an output ended.
             * @name fairlead.inference.v1.FinishReason
             * @enum {number}
             * @property {number} FINISH_REASON_UNSPECIFIED=0 Never sent.
             * @property {number} FINISH_REASON_STOP=1 The model ended it, or a stop string did.
             * @property {number} FINISH_REASON_LENGTH=2 `max_tokens` were reached.
             */
            v1.FinishReason = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "FINISH_REASON_UNSPECIFIED"] = 0;
                values[valuesById[1] = "FINISH_REASON_STOP"] = 1;
                values[valuesById[2] = "FINISH_REASON_LENGTH"] = 2;
                return values;
            })();

            v1.Usage = (function() {

                /**
                 * Properties of a Usage.
                 * @typedef {Object} fairlead.inference.v1.Usage.$Properties
                 * @property {number|null} [promptTokens] Prompt tokens, the chat template included.
                 * @property {number|null} [cachedTokens] Of these, found in the prefix cache.
                 * @property {number|null} [outputTokens] Output tokens delivered.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Usage.
                 * @memberof fairlead.inference.v1
                 * @interface IUsage
                 * @augments fairlead.inference.v1.Usage.$Properties
                 * @deprecated Use fairlead.inference.v1.Usage.$Properties instead.
                 */

                /**
                 * Shape of a Usage.
                 * @typedef {fairlead.inference.v1.Usage.$Properties} fairlead.inference.v1.Usage.$Shape
                 */

                /**
                 * Constructs a new Usage.
                 * @memberof fairlead.inference.v1
                 * @classdesc Counted tokens of one request.
                 * @constructor
                 * @param {fairlead.inference.v1.Usage.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Usage = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Prompt tokens, the chat template included.
                 * @member {number} promptTokens
                 * @memberof fairlead.inference.v1.Usage
                 * @instance
                 */
                Usage.prototype.promptTokens = 0;

                /**
                 * Of these, found in the prefix cache.
                 * @member {number} cachedTokens
                 * @memberof fairlead.inference.v1.Usage
                 * @instance
                 */
                Usage.prototype.cachedTokens = 0;

                /**
                 * Output tokens delivered.
                 * @member {number} outputTokens
                 * @memberof fairlead.inference.v1.Usage
                 * @instance
                 */
                Usage.prototype.outputTokens = 0;

                /**
                 * Creates a new Usage instance using the specified properties.
                 * @function create
                 * @memberof fairlead.inference.v1.Usage
                 * @static
                 * @param {fairlead.inference.v1.Usage.$Properties=} [properties] Properties to set
                 * @returns {fairlead.inference.v1.Usage} Usage instance
                 * @type {{
                 *   (properties: fairlead.inference.v1.Usage.$Shape): fairlead.inference.v1.Usage & fairlead.inference.v1.Usage.$Shape;
                 *   (properties?: fairlead.inference.v1.Usage.$Properties): fairlead.inference.v1.Usage;
                 * }}
                 */
                Usage.create = function(properties) {
                    return new Usage(properties);
                };

                /**
                 * Encodes the specified Usage message. Does not implicitly {@link fairlead.inference.v1.Usage.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.inference.v1.Usage
                 * @static
                 * @param {fairlead.inference.v1.Usage.$Properties} message Usage message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Usage.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.promptTokens != null && $Object.hasOwnProperty.call(message, "promptTokens") && message.promptTokens !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.promptTokens);
                    if (message.cachedTokens != null && $Object.hasOwnProperty.call(message, "cachedTokens") && message.cachedTokens !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.cachedTokens);
                    if (message.outputTokens != null && $Object.hasOwnProperty.call(message, "outputTokens") && message.outputTokens !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.outputTokens);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Usage message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.inference.v1.Usage
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.Usage & fairlead.inference.v1.Usage.$Shape} Usage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Usage.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.fairlead.inference.v1.Usage();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.promptTokens = value;
                                else
                                    delete message.promptTokens;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.cachedTokens = value;
                                else
                                    delete message.cachedTokens;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.outputTokens = value;
                                else
                                    delete message.outputTokens;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                /**
                 * Gets the type url for Usage
                 * @function getTypeUrl
                 * @memberof fairlead.inference.v1.Usage
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Usage.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.inference.v1.Usage";
                };

                return Usage;
            })();

            v1.GenerateResponse = (function() {

                /**
                 * Properties of a GenerateResponse.
                 * @typedef {Object} fairlead.inference.v1.GenerateResponse.$Properties
                 * @property {string|null} [requestId] Ours, 32 hex digits: name it when asking about this request.
                 * @property {string|null} [model] The model as it was asked for.
                 * @property {string|null} [text] The output.
                 * @property {fairlead.inference.v1.FinishReason|null} [finishReason] Why it ended.
                 * @property {fairlead.inference.v1.Usage.$Properties|null} [usage] What it used.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a GenerateResponse.
                 * @memberof fairlead.inference.v1
                 * @interface IGenerateResponse
                 * @augments fairlead.inference.v1.GenerateResponse.$Properties
                 * @deprecated Use fairlead.inference.v1.GenerateResponse.$Properties instead.
                 */

                /**
                 * Shape of a GenerateResponse.
                 * @typedef {fairlead.inference.v1.GenerateResponse.$Properties} fairlead.inference.v1.GenerateResponse.$Shape
                 */

                /**
                 * Constructs a new GenerateResponse.
                 * @memberof fairlead.inference.v1
                 * @classdesc A whole output.
                 * @constructor
                 * @param {fairlead.inference.v1.GenerateResponse.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const GenerateResponse = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Ours, 32 hex digits: name it when asking about this request.
                 * @member {string} requestId
                 * @memberof fairlead.inference.v1.GenerateResponse
                 * @instance
                 */
                GenerateResponse.prototype.requestId = "";

                /**
                 * The model as it was asked for.
                 * @member {string} model
                 * @memberof fairlead.inference.v1.GenerateResponse
                 * @instance
                 */
                GenerateResponse.prototype.model = "";

                /**
                 * The output.
                 * @member {string} text
                 * @memberof fairlead.inference.v1.GenerateResponse
                 * @instance
                 */
                GenerateResponse.prototype.text = "";

                /**
                 * Why it ended.
                 * @member {fairlead.inference.v1.FinishReason} finishReason
                 * @memberof fairlead.inference.v1.GenerateResponse
                 * @instance
                 */
                GenerateResponse.prototype.finishReason = 0;

                /**
                 * What it used.
                 * @member {fairlead.inference.v1.Usage.$Properties|null|undefined} usage
                 * @memberof fairlead.inference.v1.GenerateResponse
                 * @instance
                 */
                GenerateResponse.prototype.usage = null;

                /**
                 * Creates a new GenerateResponse instance using the specified properties.
                 * @function create
                 * @memberof fairlead.inference.v1.GenerateResponse
                 * @static
                 * @param {fairlead.inference.v1.GenerateResponse.$Properties=} [properties] Properties to set
                 * @returns {fairlead.inference.v1.GenerateResponse} GenerateResponse instance
                 * @type {{
                 *   (properties: fairlead.inference.v1.GenerateResponse.$Shape): fairlead.inference.v1.GenerateResponse & fairlead.inference.v1.GenerateResponse.$Shape;
                 *   (properties?: fairlead.inference.v1.GenerateResponse.$Properties): fairlead.inference.v1.GenerateResponse;
                 * }}
                 */
                GenerateResponse.create = function(properties) {
                    return new GenerateResponse(properties);
                };

                /**
                 * Encodes the specified GenerateResponse message. Does not implicitly {@link fairlead.inference.v1.GenerateResponse.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.inference.v1.GenerateResponse
                 * @static
                 * @param {fairlead.inference.v1.GenerateResponse.$Properties} message GenerateResponse message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                GenerateResponse.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.requestId != null && $Object.hasOwnProperty.call(message, "requestId") && message.requestId !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.requestId);
                    if (message.model != null && $Object.hasOwnProperty.call(message, "model") && message.model !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.model);
                    if (message.text != null && $Object.hasOwnProperty.call(message, "text") && message.text !== "")
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.text);
                    if (message.finishReason != null && $Object.hasOwnProperty.call(message, "finishReason") && message.finishReason !== 0)
                        writer.uint32(/* id 4, wireType 0 =*/32).int32(message.finishReason);
                    if (message.usage != null && $Object.hasOwnProperty.call(message, "usage"))
                        $root.fairlead.inference.v1.Usage.encode(message.usage, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a GenerateResponse message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.inference.v1.GenerateResponse
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.GenerateResponse & fairlead.inference.v1.GenerateResponse.$Shape} GenerateResponse
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                GenerateResponse.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.fairlead.inference.v1.GenerateResponse();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.requestId = value;
                                else
                                    delete message.requestId;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.model = value;
                                else
                                    delete message.model;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.text = value;
                                else
                                    delete message.text;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.finishReason = value;
                                else
                                    delete message.finishReason;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                message.usage = $root.fairlead.inference.v1.Usage.decode(reader, reader.size(), $undefined, _depth + 1, message.usage);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                /**
                 * Gets the type url for GenerateResponse
                 * @function getTypeUrl
                 * @memberof fairlead.inference.v1.GenerateResponse
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                GenerateResponse.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.inference.v1.GenerateResponse";
                };

                return GenerateResponse;
            })();

            v1.GenerateEvent = (function() {

                /**
                 * Properties of a GenerateEvent.
                 * @typedef {Object} fairlead.inference.v1.GenerateEvent.$Properties
                 * @property {string|null} [requestId] Ours, 32 hex digits, the same in every event.
                 * @property {fairlead.inference.v1.TextDelta.$Properties|null} [delta] More text.
                 * @property {fairlead.inference.v1.Completed.$Properties|null} [completed] The end of a whole output; nothing follows.
                 * @property {"delta"|"completed"} [event] What happened.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a GenerateEvent.
                 * @memberof fairlead.inference.v1
                 * @interface IGenerateEvent
                 * @augments fairlead.inference.v1.GenerateEvent.$Properties
                 * @deprecated Use fairlead.inference.v1.GenerateEvent.$Properties instead.
                 */

                /**
                 * Narrowed shape of a GenerateEvent.
                 * @typedef {{
                 *   requestId?: string|null;
                 *   delta?: fairlead.inference.v1.TextDelta.$Shape|null;
                 *   completed?: fairlead.inference.v1.Completed.$Shape|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ event?: undefined; delta?: null; completed?: null }|{ event?: "delta"; delta: fairlead.inference.v1.TextDelta.$Shape; completed?: null }|{ event?: "completed"; delta?: null; completed: fairlead.inference.v1.Completed.$Shape })
                 * )} fairlead.inference.v1.GenerateEvent.$Shape
                 */

                /**
                 * Constructs a new GenerateEvent.
                 * @memberof fairlead.inference.v1
                 * @classdesc One step of a streamed output.
                 * @constructor
                 * @param {fairlead.inference.v1.GenerateEvent.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const GenerateEvent = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Ours, 32 hex digits, the same in every event.
                 * @member {string} requestId
                 * @memberof fairlead.inference.v1.GenerateEvent
                 * @instance
                 */
                GenerateEvent.prototype.requestId = "";

                /**
                 * More text.
                 * @member {fairlead.inference.v1.TextDelta.$Properties|null|undefined} delta
                 * @memberof fairlead.inference.v1.GenerateEvent
                 * @instance
                 */
                GenerateEvent.prototype.delta = null;

                /**
                 * The end of a whole output; nothing follows.
                 * @member {fairlead.inference.v1.Completed.$Properties|null|undefined} completed
                 * @memberof fairlead.inference.v1.GenerateEvent
                 * @instance
                 */
                GenerateEvent.prototype.completed = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * What happened.
                 * @member {"delta"|"completed"|undefined} event
                 * @memberof fairlead.inference.v1.GenerateEvent
                 * @instance
                 */
                $Object.defineProperty(GenerateEvent.prototype, "event", {
                    get: $util.oneOfGetter($oneOfFields = ["delta", "completed"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new GenerateEvent instance using the specified properties.
                 * @function create
                 * @memberof fairlead.inference.v1.GenerateEvent
                 * @static
                 * @param {fairlead.inference.v1.GenerateEvent.$Properties=} [properties] Properties to set
                 * @returns {fairlead.inference.v1.GenerateEvent} GenerateEvent instance
                 * @type {{
                 *   (properties: fairlead.inference.v1.GenerateEvent.$Shape): fairlead.inference.v1.GenerateEvent & fairlead.inference.v1.GenerateEvent.$Shape;
                 *   (properties?: fairlead.inference.v1.GenerateEvent.$Properties): fairlead.inference.v1.GenerateEvent;
                 * }}
                 */
                GenerateEvent.create = function(properties) {
                    return new GenerateEvent(properties);
                };

                /**
                 * Encodes the specified GenerateEvent message. Does not implicitly {@link fairlead.inference.v1.GenerateEvent.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.inference.v1.GenerateEvent
                 * @static
                 * @param {fairlead.inference.v1.GenerateEvent.$Properties} message GenerateEvent message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                GenerateEvent.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.requestId != null && $Object.hasOwnProperty.call(message, "requestId") && message.requestId !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.requestId);
                    if (message.delta != null && $Object.hasOwnProperty.call(message, "delta"))
                        $root.fairlead.inference.v1.TextDelta.encode(message.delta, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.completed != null && $Object.hasOwnProperty.call(message, "completed"))
                        $root.fairlead.inference.v1.Completed.encode(message.completed, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a GenerateEvent message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.inference.v1.GenerateEvent
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.GenerateEvent & fairlead.inference.v1.GenerateEvent.$Shape} GenerateEvent
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                GenerateEvent.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.fairlead.inference.v1.GenerateEvent();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.requestId = value;
                                else
                                    delete message.requestId;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.delta = $root.fairlead.inference.v1.TextDelta.decode(reader, reader.size(), $undefined, _depth + 1, message.delta);
                                message.event = "delta";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.completed = $root.fairlead.inference.v1.Completed.decode(reader, reader.size(), $undefined, _depth + 1, message.completed);
                                message.event = "completed";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                /**
                 * Gets the type url for GenerateEvent
                 * @function getTypeUrl
                 * @memberof fairlead.inference.v1.GenerateEvent
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                GenerateEvent.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.inference.v1.GenerateEvent";
                };

                return GenerateEvent;
            })();

            v1.TextDelta = (function() {

                /**
                 * Properties of a TextDelta.
                 * @typedef {Object} fairlead.inference.v1.TextDelta.$Properties
                 * @property {string|null} [text] Never empty, never half a character.
                 * @property {number|null} [outputTokens] Output tokens delivered with it, in all.
                 * @property {number|null} [index] Who says that it has everything up to here gets exactly what follows.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a TextDelta.
                 * @memberof fairlead.inference.v1
                 * @interface ITextDelta
                 * @augments fairlead.inference.v1.TextDelta.$Properties
                 * @deprecated Use fairlead.inference.v1.TextDelta.$Properties instead.
                 */

                /**
                 * Shape of a TextDelta.
                 * @typedef {fairlead.inference.v1.TextDelta.$Properties} fairlead.inference.v1.TextDelta.$Shape
                 */

                /**
                 * Constructs a new TextDelta.
                 * @memberof fairlead.inference.v1
                 * @classdesc Text that follows what was sent before.
                 * @constructor
                 * @param {fairlead.inference.v1.TextDelta.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const TextDelta = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Never empty, never half a character.
                 * @member {string} text
                 * @memberof fairlead.inference.v1.TextDelta
                 * @instance
                 */
                TextDelta.prototype.text = "";

                /**
                 * Output tokens delivered with it, in all.
                 * @member {number} outputTokens
                 * @memberof fairlead.inference.v1.TextDelta
                 * @instance
                 */
                TextDelta.prototype.outputTokens = 0;

                /**
                 * Who says that it has everything up to here gets exactly what follows.
                 * @member {number} index
                 * @memberof fairlead.inference.v1.TextDelta
                 * @instance
                 */
                TextDelta.prototype.index = 0;

                /**
                 * Creates a new TextDelta instance using the specified properties.
                 * @function create
                 * @memberof fairlead.inference.v1.TextDelta
                 * @static
                 * @param {fairlead.inference.v1.TextDelta.$Properties=} [properties] Properties to set
                 * @returns {fairlead.inference.v1.TextDelta} TextDelta instance
                 * @type {{
                 *   (properties: fairlead.inference.v1.TextDelta.$Shape): fairlead.inference.v1.TextDelta & fairlead.inference.v1.TextDelta.$Shape;
                 *   (properties?: fairlead.inference.v1.TextDelta.$Properties): fairlead.inference.v1.TextDelta;
                 * }}
                 */
                TextDelta.create = function(properties) {
                    return new TextDelta(properties);
                };

                /**
                 * Encodes the specified TextDelta message. Does not implicitly {@link fairlead.inference.v1.TextDelta.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.inference.v1.TextDelta
                 * @static
                 * @param {fairlead.inference.v1.TextDelta.$Properties} message TextDelta message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                TextDelta.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.text != null && $Object.hasOwnProperty.call(message, "text") && message.text !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.text);
                    if (message.outputTokens != null && $Object.hasOwnProperty.call(message, "outputTokens") && message.outputTokens !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.outputTokens);
                    if (message.index != null && $Object.hasOwnProperty.call(message, "index") && message.index !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.index);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a TextDelta message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.inference.v1.TextDelta
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.TextDelta & fairlead.inference.v1.TextDelta.$Shape} TextDelta
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                TextDelta.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.fairlead.inference.v1.TextDelta();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.text = value;
                                else
                                    delete message.text;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.outputTokens = value;
                                else
                                    delete message.outputTokens;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.index = value;
                                else
                                    delete message.index;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                /**
                 * Gets the type url for TextDelta
                 * @function getTypeUrl
                 * @memberof fairlead.inference.v1.TextDelta
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                TextDelta.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.inference.v1.TextDelta";
                };

                return TextDelta;
            })();

            v1.Completed = (function() {

                /**
                 * Properties of a Completed.
                 * @typedef {Object} fairlead.inference.v1.Completed.$Properties
                 * @property {fairlead.inference.v1.FinishReason|null} [finishReason] Why it ended.
                 * @property {fairlead.inference.v1.Usage.$Properties|null} [usage] What it used.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Completed.
                 * @memberof fairlead.inference.v1
                 * @interface ICompleted
                 * @augments fairlead.inference.v1.Completed.$Properties
                 * @deprecated Use fairlead.inference.v1.Completed.$Properties instead.
                 */

                /**
                 * Shape of a Completed.
                 * @typedef {fairlead.inference.v1.Completed.$Properties} fairlead.inference.v1.Completed.$Shape
                 */

                /**
                 * Constructs a new Completed.
                 * @memberof fairlead.inference.v1
                 * @classdesc The end of a whole output.
                 * @constructor
                 * @param {fairlead.inference.v1.Completed.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Completed = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Why it ended.
                 * @member {fairlead.inference.v1.FinishReason} finishReason
                 * @memberof fairlead.inference.v1.Completed
                 * @instance
                 */
                Completed.prototype.finishReason = 0;

                /**
                 * What it used.
                 * @member {fairlead.inference.v1.Usage.$Properties|null|undefined} usage
                 * @memberof fairlead.inference.v1.Completed
                 * @instance
                 */
                Completed.prototype.usage = null;

                /**
                 * Creates a new Completed instance using the specified properties.
                 * @function create
                 * @memberof fairlead.inference.v1.Completed
                 * @static
                 * @param {fairlead.inference.v1.Completed.$Properties=} [properties] Properties to set
                 * @returns {fairlead.inference.v1.Completed} Completed instance
                 * @type {{
                 *   (properties: fairlead.inference.v1.Completed.$Shape): fairlead.inference.v1.Completed & fairlead.inference.v1.Completed.$Shape;
                 *   (properties?: fairlead.inference.v1.Completed.$Properties): fairlead.inference.v1.Completed;
                 * }}
                 */
                Completed.create = function(properties) {
                    return new Completed(properties);
                };

                /**
                 * Encodes the specified Completed message. Does not implicitly {@link fairlead.inference.v1.Completed.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.inference.v1.Completed
                 * @static
                 * @param {fairlead.inference.v1.Completed.$Properties} message Completed message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Completed.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.finishReason != null && $Object.hasOwnProperty.call(message, "finishReason") && message.finishReason !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.finishReason);
                    if (message.usage != null && $Object.hasOwnProperty.call(message, "usage"))
                        $root.fairlead.inference.v1.Usage.encode(message.usage, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Completed message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.inference.v1.Completed
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.Completed & fairlead.inference.v1.Completed.$Shape} Completed
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Completed.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.fairlead.inference.v1.Completed();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.finishReason = value;
                                else
                                    delete message.finishReason;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.usage = $root.fairlead.inference.v1.Usage.decode(reader, reader.size(), $undefined, _depth + 1, message.usage);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                /**
                 * Gets the type url for Completed
                 * @function getTypeUrl
                 * @memberof fairlead.inference.v1.Completed
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Completed.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.inference.v1.Completed";
                };

                return Completed;
            })();

            return v1;
        })();

        return inference;
    })();

    return fairlead;
})();

export {
  $root as default
};
