/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["dataplane"] || ($protobuf.roots["dataplane"] = {});

export const fairlead = $root.fairlead = (() => {

    /**
     * Namespace fairlead.
     * @exports fairlead
     * @namespace
     */
    const fairlead = {};

    fairlead.dataplane = (function() {

        /**
         * Namespace dataplane.
         * @memberof fairlead
         * @namespace
         */
        const dataplane = {};

        dataplane.v1 = (function() {

            /**
             * Namespace v1.
             * @memberof fairlead.dataplane
             * @namespace
             */
            const v1 = {};

            v1.DataPlane = (function() {

                /**
                 * Constructs a new DataPlane service.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc Served by a worker process, for all its workers; called by edges. Over TLS the caller's certificate must name the role
                 * `edge` and that edge's process, the server's the role `worker`.
                 * @extends $protobuf.rpc.Service
                 * @constructor
                 * @param {$protobuf.RPCImpl} rpcImpl RPC implementation
                 * @param {boolean} [requestDelimited=false] Whether requests are length-delimited
                 * @param {boolean} [responseDelimited=false] Whether responses are length-delimited
                 */
                const DataPlane = function(rpcImpl, requestDelimited, responseDelimited) {
                    $protobuf.rpc.Service.call(this, rpcImpl, requestDelimited, responseDelimited);
                };

                $Object.defineProperty(DataPlane.prototype = $Object.create($protobuf.rpc.Service.prototype), "constructor", { value: DataPlane, writable: true, enumerable: false, configurable: true });

                /**
                 * Creates new DataPlane service using the specified rpc implementation.
                 * @function create
                 * @memberof fairlead.dataplane.v1.DataPlane
                 * @static
                 * @param {$protobuf.RPCImpl} rpcImpl RPC implementation
                 * @param {boolean} [requestDelimited=false] Whether requests are length-delimited
                 * @param {boolean} [responseDelimited=false] Whether responses are length-delimited
                 * @returns {DataPlane} RPC service. Useful where requests and/or responses are streamed.
                 */
                DataPlane.create = function(rpcImpl, requestDelimited, responseDelimited) {
                    return new this(rpcImpl, requestDelimited, responseDelimited);
                };

                /**
                 * Callback as used by {@link fairlead.dataplane.v1.DataPlane#exchange}.
                 * @memberof fairlead.dataplane.v1.DataPlane
                 * @typedef ExchangeCallback
                 * @type {function}
                 * @param {Error|null} error Error, if any
                 * @param {fairlead.dataplane.v1.FromWorker} [response] FromWorker
                 */

                /**
                 * One lane between one edge and one worker, open as long as both live. The first message each way is a hello, and must come
                 * within 2 s; then each side says something every 500 ms at least, and is given up after 2.5 s of silence. A session's
                 * messages use one lane, so that they keep their order. A foreign protocol version is refused with FAILED_PRECONDITION.
                 * @memberof fairlead.dataplane.v1.DataPlane
                 * @typedef Exchange
                 * @type {{
                 *   (request: fairlead.dataplane.v1.IFromEdge, callback: fairlead.dataplane.v1.DataPlane.ExchangeCallback): void;
                 *   (request: fairlead.dataplane.v1.IFromEdge): Promise<fairlead.dataplane.v1.FromWorker>;
                 *   readonly name: "Exchange";
                 *   readonly path: "/fairlead.dataplane.v1.DataPlane/Exchange";
                 *   readonly requestType: "FromEdge";
                 *   readonly responseType: "FromWorker";
                 *   readonly requestStream: true;
                 *   readonly responseStream: true;
                 * }}
                 */

                /**
                 * One lane between one edge and one worker, open as long as both live. The first message each way is a hello, and must come
                 * within 2 s; then each side says something every 500 ms at least, and is given up after 2.5 s of silence. A session's
                 * messages use one lane, so that they keep their order. A foreign protocol version is refused with FAILED_PRECONDITION.
                 * @name fairlead.dataplane.v1.DataPlane#exchange
                 * @type {fairlead.dataplane.v1.DataPlane.Exchange}
                 */
                $Object.defineProperties(DataPlane.prototype.exchange = function(request, callback) {
                    return $protobuf.rpc.Service.prototype.rpcCall.call(this, DataPlane.prototype.exchange, $root.fairlead.dataplane.v1.FromEdge, $root.fairlead.dataplane.v1.FromWorker, request, callback);
                }, {
                    name: { value: "Exchange" },
                    path: { value: "/fairlead.dataplane.v1.DataPlane/Exchange" },
                    requestType: { value: "FromEdge" },
                    responseType: { value: "FromWorker" },
                    requestStream: { value: true },
                    responseStream: { value: true }
                });

                return DataPlane;
            })();

            v1.FromEdge = (function() {

                /**
                 * Properties of a FromEdge.
                 * @typedef {Object} fairlead.dataplane.v1.FromEdge.$Properties
                 * @property {fairlead.dataplane.v1.EdgeHello.$Properties|null} [hello] The first, and only the first.
                 * @property {fairlead.dataplane.v1.Commands.$Properties|null} [commands] What sessions ask for.
                 * @property {fairlead.dataplane.v1.Heartbeat.$Properties|null} [heartbeat] A sign of life, if nothing else.
                 * @property {"hello"|"commands"|"heartbeat"} [body] What it is.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a FromEdge.
                 * @memberof fairlead.dataplane.v1
                 * @interface IFromEdge
                 * @augments fairlead.dataplane.v1.FromEdge.$Properties
                 * @deprecated Use fairlead.dataplane.v1.FromEdge.$Properties instead.
                 */

                /**
                 * Narrowed shape of a FromEdge.
                 * @typedef {{
                 *   hello?: fairlead.dataplane.v1.EdgeHello.$Shape|null;
                 *   commands?: fairlead.dataplane.v1.Commands.$Shape|null;
                 *   heartbeat?: fairlead.dataplane.v1.Heartbeat.$Shape|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ body?: undefined; hello?: null; commands?: null; heartbeat?: null }|{ body?: "hello"; hello: fairlead.dataplane.v1.EdgeHello.$Shape; commands?: null; heartbeat?: null }|{ body?: "commands"; hello?: null; commands: fairlead.dataplane.v1.Commands.$Shape; heartbeat?: null }|{ body?: "heartbeat"; hello?: null; commands?: null; heartbeat: fairlead.dataplane.v1.Heartbeat.$Shape })
                 * )} fairlead.dataplane.v1.FromEdge.$Shape
                 */

                /**
                 * Constructs a new FromEdge.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc One message of an edge.
                 * @constructor
                 * @param {fairlead.dataplane.v1.FromEdge.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const FromEdge = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * The first, and only the first.
                 * @member {fairlead.dataplane.v1.EdgeHello.$Properties|null|undefined} hello
                 * @memberof fairlead.dataplane.v1.FromEdge
                 * @instance
                 */
                FromEdge.prototype.hello = null;

                /**
                 * What sessions ask for.
                 * @member {fairlead.dataplane.v1.Commands.$Properties|null|undefined} commands
                 * @memberof fairlead.dataplane.v1.FromEdge
                 * @instance
                 */
                FromEdge.prototype.commands = null;

                /**
                 * A sign of life, if nothing else.
                 * @member {fairlead.dataplane.v1.Heartbeat.$Properties|null|undefined} heartbeat
                 * @memberof fairlead.dataplane.v1.FromEdge
                 * @instance
                 */
                FromEdge.prototype.heartbeat = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * What it is.
                 * @member {"hello"|"commands"|"heartbeat"|undefined} body
                 * @memberof fairlead.dataplane.v1.FromEdge
                 * @instance
                 */
                $Object.defineProperty(FromEdge.prototype, "body", {
                    get: $util.oneOfGetter($oneOfFields = ["hello", "commands", "heartbeat"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new FromEdge instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.FromEdge
                 * @static
                 * @param {fairlead.dataplane.v1.FromEdge.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.FromEdge} FromEdge instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.FromEdge.$Shape): fairlead.dataplane.v1.FromEdge & fairlead.dataplane.v1.FromEdge.$Shape;
                 *   (properties?: fairlead.dataplane.v1.FromEdge.$Properties): fairlead.dataplane.v1.FromEdge;
                 * }}
                 */
                FromEdge.create = function(properties) {
                    return new FromEdge(properties);
                };

                /**
                 * Encodes the specified FromEdge message. Does not implicitly {@link fairlead.dataplane.v1.FromEdge.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.FromEdge
                 * @static
                 * @param {fairlead.dataplane.v1.FromEdge.$Properties} message FromEdge message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                FromEdge.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.hello != null && $Object.hasOwnProperty.call(message, "hello"))
                        $root.fairlead.dataplane.v1.EdgeHello.encode(message.hello, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.commands != null && $Object.hasOwnProperty.call(message, "commands"))
                        $root.fairlead.dataplane.v1.Commands.encode(message.commands, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.heartbeat != null && $Object.hasOwnProperty.call(message, "heartbeat"))
                        $root.fairlead.dataplane.v1.Heartbeat.encode(message.heartbeat, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a FromEdge message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.FromEdge
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.FromEdge & fairlead.dataplane.v1.FromEdge.$Shape} FromEdge
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                FromEdge.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.FromEdge();
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
                                message.hello = $root.fairlead.dataplane.v1.EdgeHello.decode(reader, reader.size(), $undefined, _depth + 1, message.hello);
                                message.body = "hello";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.commands = $root.fairlead.dataplane.v1.Commands.decode(reader, reader.size(), $undefined, _depth + 1, message.commands);
                                message.body = "commands";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.heartbeat = $root.fairlead.dataplane.v1.Heartbeat.decode(reader, reader.size(), $undefined, _depth + 1, message.heartbeat);
                                message.body = "heartbeat";
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
                 * Gets the type url for FromEdge
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.FromEdge
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                FromEdge.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.FromEdge";
                };

                return FromEdge;
            })();

            v1.FromWorker = (function() {

                /**
                 * Properties of a FromWorker.
                 * @typedef {Object} fairlead.dataplane.v1.FromWorker.$Properties
                 * @property {fairlead.dataplane.v1.WorkerHello.$Properties|null} [hello] The first, and only the first.
                 * @property {fairlead.dataplane.v1.Frame.$Properties|null} [frame] What sequences produced: all of one engine step that this lane carries.
                 * @property {fairlead.dataplane.v1.Heartbeat.$Properties|null} [heartbeat] A sign of life, if nothing else.
                 * @property {"hello"|"frame"|"heartbeat"} [body] What it is.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a FromWorker.
                 * @memberof fairlead.dataplane.v1
                 * @interface IFromWorker
                 * @augments fairlead.dataplane.v1.FromWorker.$Properties
                 * @deprecated Use fairlead.dataplane.v1.FromWorker.$Properties instead.
                 */

                /**
                 * Narrowed shape of a FromWorker.
                 * @typedef {{
                 *   hello?: fairlead.dataplane.v1.WorkerHello.$Shape|null;
                 *   frame?: fairlead.dataplane.v1.Frame.$Shape|null;
                 *   heartbeat?: fairlead.dataplane.v1.Heartbeat.$Shape|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ body?: undefined; hello?: null; frame?: null; heartbeat?: null }|{ body?: "hello"; hello: fairlead.dataplane.v1.WorkerHello.$Shape; frame?: null; heartbeat?: null }|{ body?: "frame"; hello?: null; frame: fairlead.dataplane.v1.Frame.$Shape; heartbeat?: null }|{ body?: "heartbeat"; hello?: null; frame?: null; heartbeat: fairlead.dataplane.v1.Heartbeat.$Shape })
                 * )} fairlead.dataplane.v1.FromWorker.$Shape
                 */

                /**
                 * Constructs a new FromWorker.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc One message of a worker.
                 * @constructor
                 * @param {fairlead.dataplane.v1.FromWorker.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const FromWorker = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * The first, and only the first.
                 * @member {fairlead.dataplane.v1.WorkerHello.$Properties|null|undefined} hello
                 * @memberof fairlead.dataplane.v1.FromWorker
                 * @instance
                 */
                FromWorker.prototype.hello = null;

                /**
                 * What sequences produced: all of one engine step that this lane carries.
                 * @member {fairlead.dataplane.v1.Frame.$Properties|null|undefined} frame
                 * @memberof fairlead.dataplane.v1.FromWorker
                 * @instance
                 */
                FromWorker.prototype.frame = null;

                /**
                 * A sign of life, if nothing else.
                 * @member {fairlead.dataplane.v1.Heartbeat.$Properties|null|undefined} heartbeat
                 * @memberof fairlead.dataplane.v1.FromWorker
                 * @instance
                 */
                FromWorker.prototype.heartbeat = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * What it is.
                 * @member {"hello"|"frame"|"heartbeat"|undefined} body
                 * @memberof fairlead.dataplane.v1.FromWorker
                 * @instance
                 */
                $Object.defineProperty(FromWorker.prototype, "body", {
                    get: $util.oneOfGetter($oneOfFields = ["hello", "frame", "heartbeat"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new FromWorker instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.FromWorker
                 * @static
                 * @param {fairlead.dataplane.v1.FromWorker.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.FromWorker} FromWorker instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.FromWorker.$Shape): fairlead.dataplane.v1.FromWorker & fairlead.dataplane.v1.FromWorker.$Shape;
                 *   (properties?: fairlead.dataplane.v1.FromWorker.$Properties): fairlead.dataplane.v1.FromWorker;
                 * }}
                 */
                FromWorker.create = function(properties) {
                    return new FromWorker(properties);
                };

                /**
                 * Encodes the specified FromWorker message. Does not implicitly {@link fairlead.dataplane.v1.FromWorker.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.FromWorker
                 * @static
                 * @param {fairlead.dataplane.v1.FromWorker.$Properties} message FromWorker message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                FromWorker.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.hello != null && $Object.hasOwnProperty.call(message, "hello"))
                        $root.fairlead.dataplane.v1.WorkerHello.encode(message.hello, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.frame != null && $Object.hasOwnProperty.call(message, "frame"))
                        $root.fairlead.dataplane.v1.Frame.encode(message.frame, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.heartbeat != null && $Object.hasOwnProperty.call(message, "heartbeat"))
                        $root.fairlead.dataplane.v1.Heartbeat.encode(message.heartbeat, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a FromWorker message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.FromWorker
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.FromWorker & fairlead.dataplane.v1.FromWorker.$Shape} FromWorker
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                FromWorker.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.FromWorker();
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
                                message.hello = $root.fairlead.dataplane.v1.WorkerHello.decode(reader, reader.size(), $undefined, _depth + 1, message.hello);
                                message.body = "hello";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.frame = $root.fairlead.dataplane.v1.Frame.decode(reader, reader.size(), $undefined, _depth + 1, message.frame);
                                message.body = "frame";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.heartbeat = $root.fairlead.dataplane.v1.Heartbeat.decode(reader, reader.size(), $undefined, _depth + 1, message.heartbeat);
                                message.body = "heartbeat";
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
                 * Gets the type url for FromWorker
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.FromWorker
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                FromWorker.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.FromWorker";
                };

                return FromWorker;
            })();

            v1.EdgeHello = (function() {

                /**
                 * Properties of an EdgeHello.
                 * @typedef {Object} fairlead.dataplane.v1.EdgeHello.$Properties
                 * @property {number|null} [protocolVersion] Of this contract; raised when a meaning changes.
                 * @property {string|null} [edge] The caller: the sessions of this lane are its own.
                 * @property {string|null} [worker] Whom it calls.
                 * @property {number|null} [incarnation] The worker's life as its registration told; each start is checked against the real one.
                 * @property {number|null} [lane] This lane's number, from 0.
                 * @property {number|null} [lanes] How many lanes this edge keeps to this worker: which one is a session's follows from its request id.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an EdgeHello.
                 * @memberof fairlead.dataplane.v1
                 * @interface IEdgeHello
                 * @augments fairlead.dataplane.v1.EdgeHello.$Properties
                 * @deprecated Use fairlead.dataplane.v1.EdgeHello.$Properties instead.
                 */

                /**
                 * Shape of an EdgeHello.
                 * @typedef {fairlead.dataplane.v1.EdgeHello.$Properties} fairlead.dataplane.v1.EdgeHello.$Shape
                 */

                /**
                 * Constructs a new EdgeHello.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc Who calls, and for which worker.
                 * @constructor
                 * @param {fairlead.dataplane.v1.EdgeHello.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const EdgeHello = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Of this contract; raised when a meaning changes.
                 * @member {number} protocolVersion
                 * @memberof fairlead.dataplane.v1.EdgeHello
                 * @instance
                 */
                EdgeHello.prototype.protocolVersion = 0;

                /**
                 * The caller: the sessions of this lane are its own.
                 * @member {string} edge
                 * @memberof fairlead.dataplane.v1.EdgeHello
                 * @instance
                 */
                EdgeHello.prototype.edge = "";

                /**
                 * Whom it calls.
                 * @member {string} worker
                 * @memberof fairlead.dataplane.v1.EdgeHello
                 * @instance
                 */
                EdgeHello.prototype.worker = "";

                /**
                 * The worker's life as its registration told; each start is checked against the real one.
                 * @member {number} incarnation
                 * @memberof fairlead.dataplane.v1.EdgeHello
                 * @instance
                 */
                EdgeHello.prototype.incarnation = 0;

                /**
                 * This lane's number, from 0.
                 * @member {number} lane
                 * @memberof fairlead.dataplane.v1.EdgeHello
                 * @instance
                 */
                EdgeHello.prototype.lane = 0;

                /**
                 * How many lanes this edge keeps to this worker: which one is a session's follows from its request id.
                 * @member {number} lanes
                 * @memberof fairlead.dataplane.v1.EdgeHello
                 * @instance
                 */
                EdgeHello.prototype.lanes = 0;

                /**
                 * Creates a new EdgeHello instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.EdgeHello
                 * @static
                 * @param {fairlead.dataplane.v1.EdgeHello.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.EdgeHello} EdgeHello instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.EdgeHello.$Shape): fairlead.dataplane.v1.EdgeHello & fairlead.dataplane.v1.EdgeHello.$Shape;
                 *   (properties?: fairlead.dataplane.v1.EdgeHello.$Properties): fairlead.dataplane.v1.EdgeHello;
                 * }}
                 */
                EdgeHello.create = function(properties) {
                    return new EdgeHello(properties);
                };

                /**
                 * Encodes the specified EdgeHello message. Does not implicitly {@link fairlead.dataplane.v1.EdgeHello.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.EdgeHello
                 * @static
                 * @param {fairlead.dataplane.v1.EdgeHello.$Properties} message EdgeHello message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                EdgeHello.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.protocolVersion != null && $Object.hasOwnProperty.call(message, "protocolVersion") && message.protocolVersion !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.protocolVersion);
                    if (message.edge != null && $Object.hasOwnProperty.call(message, "edge") && message.edge !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.edge);
                    if (message.worker != null && $Object.hasOwnProperty.call(message, "worker") && message.worker !== "")
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.worker);
                    if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && !$Object.is(message.incarnation, 0))
                        writer.uint32(/* id 4, wireType 1 =*/33).double(message.incarnation);
                    if (message.lane != null && $Object.hasOwnProperty.call(message, "lane") && message.lane !== 0)
                        writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.lane);
                    if (message.lanes != null && $Object.hasOwnProperty.call(message, "lanes") && message.lanes !== 0)
                        writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.lanes);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an EdgeHello message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.EdgeHello
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.EdgeHello & fairlead.dataplane.v1.EdgeHello.$Shape} EdgeHello
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                EdgeHello.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.EdgeHello();
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
                                    message.protocolVersion = value;
                                else
                                    delete message.protocolVersion;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.edge = value;
                                else
                                    delete message.edge;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.worker = value;
                                else
                                    delete message.worker;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.incarnation = value;
                                else
                                    delete message.incarnation;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.lane = value;
                                else
                                    delete message.lane;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.lanes = value;
                                else
                                    delete message.lanes;
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
                 * Gets the type url for EdgeHello
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.EdgeHello
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                EdgeHello.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.EdgeHello";
                };

                return EdgeHello;
            })();

            v1.WorkerHello = (function() {

                /**
                 * Properties of a WorkerHello.
                 * @typedef {Object} fairlead.dataplane.v1.WorkerHello.$Properties
                 * @property {number|null} [protocolVersion] Of this contract, as the worker speaks it.
                 * @property {string|null} [worker] Who answers.
                 * @property {string|null} [edge] As called.
                 * @property {number|null} [lane] As called.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a WorkerHello.
                 * @memberof fairlead.dataplane.v1
                 * @interface IWorkerHello
                 * @augments fairlead.dataplane.v1.WorkerHello.$Properties
                 * @deprecated Use fairlead.dataplane.v1.WorkerHello.$Properties instead.
                 */

                /**
                 * Shape of a WorkerHello.
                 * @typedef {fairlead.dataplane.v1.WorkerHello.$Properties} fairlead.dataplane.v1.WorkerHello.$Shape
                 */

                /**
                 * Constructs a new WorkerHello.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc The answer to a hello: this lane is open.
                 * @constructor
                 * @param {fairlead.dataplane.v1.WorkerHello.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const WorkerHello = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Of this contract, as the worker speaks it.
                 * @member {number} protocolVersion
                 * @memberof fairlead.dataplane.v1.WorkerHello
                 * @instance
                 */
                WorkerHello.prototype.protocolVersion = 0;

                /**
                 * Who answers.
                 * @member {string} worker
                 * @memberof fairlead.dataplane.v1.WorkerHello
                 * @instance
                 */
                WorkerHello.prototype.worker = "";

                /**
                 * As called.
                 * @member {string} edge
                 * @memberof fairlead.dataplane.v1.WorkerHello
                 * @instance
                 */
                WorkerHello.prototype.edge = "";

                /**
                 * As called.
                 * @member {number} lane
                 * @memberof fairlead.dataplane.v1.WorkerHello
                 * @instance
                 */
                WorkerHello.prototype.lane = 0;

                /**
                 * Creates a new WorkerHello instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.WorkerHello
                 * @static
                 * @param {fairlead.dataplane.v1.WorkerHello.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.WorkerHello} WorkerHello instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.WorkerHello.$Shape): fairlead.dataplane.v1.WorkerHello & fairlead.dataplane.v1.WorkerHello.$Shape;
                 *   (properties?: fairlead.dataplane.v1.WorkerHello.$Properties): fairlead.dataplane.v1.WorkerHello;
                 * }}
                 */
                WorkerHello.create = function(properties) {
                    return new WorkerHello(properties);
                };

                /**
                 * Encodes the specified WorkerHello message. Does not implicitly {@link fairlead.dataplane.v1.WorkerHello.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.WorkerHello
                 * @static
                 * @param {fairlead.dataplane.v1.WorkerHello.$Properties} message WorkerHello message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                WorkerHello.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.protocolVersion != null && $Object.hasOwnProperty.call(message, "protocolVersion") && message.protocolVersion !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.protocolVersion);
                    if (message.worker != null && $Object.hasOwnProperty.call(message, "worker") && message.worker !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.worker);
                    if (message.edge != null && $Object.hasOwnProperty.call(message, "edge") && message.edge !== "")
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.edge);
                    if (message.lane != null && $Object.hasOwnProperty.call(message, "lane") && message.lane !== 0)
                        writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.lane);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a WorkerHello message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.WorkerHello
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.WorkerHello & fairlead.dataplane.v1.WorkerHello.$Shape} WorkerHello
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                WorkerHello.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.WorkerHello();
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
                                    message.protocolVersion = value;
                                else
                                    delete message.protocolVersion;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.worker = value;
                                else
                                    delete message.worker;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.edge = value;
                                else
                                    delete message.edge;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.lane = value;
                                else
                                    delete message.lane;
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
                 * Gets the type url for WorkerHello
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.WorkerHello
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                WorkerHello.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.WorkerHello";
                };

                return WorkerHello;
            })();

            v1.Heartbeat = (function() {

                /**
                 * Properties of a Heartbeat.
                 * @typedef {Object} fairlead.dataplane.v1.Heartbeat.$Properties
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Heartbeat.
                 * @memberof fairlead.dataplane.v1
                 * @interface IHeartbeat
                 * @augments fairlead.dataplane.v1.Heartbeat.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Heartbeat.$Properties instead.
                 */

                /**
                 * Shape of a Heartbeat.
                 * @typedef {fairlead.dataplane.v1.Heartbeat.$Properties} fairlead.dataplane.v1.Heartbeat.$Shape
                 */

                /**
                 * Constructs a new Heartbeat.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc Nothing to say, and alive.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Heartbeat.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Heartbeat = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Creates a new Heartbeat instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Heartbeat
                 * @static
                 * @param {fairlead.dataplane.v1.Heartbeat.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Heartbeat} Heartbeat instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Heartbeat.$Shape): fairlead.dataplane.v1.Heartbeat & fairlead.dataplane.v1.Heartbeat.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Heartbeat.$Properties): fairlead.dataplane.v1.Heartbeat;
                 * }}
                 */
                Heartbeat.create = function(properties) {
                    return new Heartbeat(properties);
                };

                /**
                 * Encodes the specified Heartbeat message. Does not implicitly {@link fairlead.dataplane.v1.Heartbeat.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Heartbeat
                 * @static
                 * @param {fairlead.dataplane.v1.Heartbeat.$Properties} message Heartbeat message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Heartbeat.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Heartbeat message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Heartbeat
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Heartbeat & fairlead.dataplane.v1.Heartbeat.$Shape} Heartbeat
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Heartbeat.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Heartbeat();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        reader.skipType(tag & 7, _depth, tag);
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
                 * Gets the type url for Heartbeat
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Heartbeat
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Heartbeat.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Heartbeat";
                };

                return Heartbeat;
            })();

            v1.Commands = (function() {

                /**
                 * Properties of a Commands.
                 * @typedef {Object} fairlead.dataplane.v1.Commands.$Properties
                 * @property {Array.<fairlead.dataplane.v1.Command.$Properties>|null} [commands] At least one.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Commands.
                 * @memberof fairlead.dataplane.v1
                 * @interface ICommands
                 * @augments fairlead.dataplane.v1.Commands.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Commands.$Properties instead.
                 */

                /**
                 * Shape of a Commands.
                 * @typedef {{
                 *   commands?: Array.<fairlead.dataplane.v1.Command.$Shape>|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * }} fairlead.dataplane.v1.Commands.$Shape
                 */

                /**
                 * Constructs a new Commands.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc What sessions ask of one worker, in their order.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Commands.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Commands = function (properties) {
                    this.commands = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * At least one.
                 * @member {Array.<fairlead.dataplane.v1.Command.$Properties>} commands
                 * @memberof fairlead.dataplane.v1.Commands
                 * @instance
                 */
                Commands.prototype.commands = $util.emptyArray;

                /**
                 * Creates a new Commands instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Commands
                 * @static
                 * @param {fairlead.dataplane.v1.Commands.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Commands} Commands instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Commands.$Shape): fairlead.dataplane.v1.Commands & fairlead.dataplane.v1.Commands.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Commands.$Properties): fairlead.dataplane.v1.Commands;
                 * }}
                 */
                Commands.create = function(properties) {
                    return new Commands(properties);
                };

                /**
                 * Encodes the specified Commands message. Does not implicitly {@link fairlead.dataplane.v1.Commands.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Commands
                 * @static
                 * @param {fairlead.dataplane.v1.Commands.$Properties} message Commands message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Commands.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.commands != null && message.commands.length)
                        for (let i = 0; i < message.commands.length; ++i)
                            $root.fairlead.dataplane.v1.Command.encode(message.commands[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Commands message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Commands
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Commands & fairlead.dataplane.v1.Commands.$Shape} Commands
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Commands.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Commands();
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
                                if (!(message.commands && message.commands.length))
                                    message.commands = [];
                                message.commands.push($root.fairlead.dataplane.v1.Command.decode(reader, reader.size(), $undefined, _depth + 1));
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
                 * Gets the type url for Commands
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Commands
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Commands.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Commands";
                };

                return Commands;
            })();

            v1.Command = (function() {

                /**
                 * Properties of a Command.
                 * @typedef {Object} fairlead.dataplane.v1.Command.$Properties
                 * @property {string|null} [requestId] The request.
                 * @property {number|null} [attempt] Which attempt of it, from 1.
                 * @property {fairlead.dataplane.v1.Start.$Properties|null} [start] Run this attempt.
                 * @property {fairlead.dataplane.v1.Cancel.$Properties|null} [cancel] Stop it.
                 * @property {fairlead.dataplane.v1.Ack.$Properties|null} [ack] The client has taken tokens.
                 * @property {fairlead.dataplane.v1.Attach.$Properties|null} [attach] Hand the attempt over to this session.
                 * @property {fairlead.dataplane.v1.Unclaimed.$Properties|null} [unclaimed] No session of the attempt lives at this edge.
                 * @property {string|null} [sessionId] The session's own id, of one that took another's stream over. Empty: the request's. Which lane it uses follows from it.
                 * @property {"start"|"cancel"|"ack"|"attach"|"unclaimed"} [what] What it asks.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Command.
                 * @memberof fairlead.dataplane.v1
                 * @interface ICommand
                 * @augments fairlead.dataplane.v1.Command.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Command.$Properties instead.
                 */

                /**
                 * Narrowed shape of a Command.
                 * @typedef {{
                 *   requestId?: string|null;
                 *   attempt?: number|null;
                 *   start?: fairlead.dataplane.v1.Start.$Shape|null;
                 *   cancel?: fairlead.dataplane.v1.Cancel.$Shape|null;
                 *   ack?: fairlead.dataplane.v1.Ack.$Shape|null;
                 *   attach?: fairlead.dataplane.v1.Attach.$Shape|null;
                 *   unclaimed?: fairlead.dataplane.v1.Unclaimed.$Shape|null;
                 *   sessionId?: string|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ what?: undefined; start?: null; cancel?: null; ack?: null; attach?: null; unclaimed?: null }|{ what?: "start"; start: fairlead.dataplane.v1.Start.$Shape; cancel?: null; ack?: null; attach?: null; unclaimed?: null }|{ what?: "cancel"; start?: null; cancel: fairlead.dataplane.v1.Cancel.$Shape; ack?: null; attach?: null; unclaimed?: null }|{ what?: "ack"; start?: null; cancel?: null; ack: fairlead.dataplane.v1.Ack.$Shape; attach?: null; unclaimed?: null }|{ what?: "attach"; start?: null; cancel?: null; ack?: null; attach: fairlead.dataplane.v1.Attach.$Shape; unclaimed?: null }|{ what?: "unclaimed"; start?: null; cancel?: null; ack?: null; attach?: null; unclaimed: fairlead.dataplane.v1.Unclaimed.$Shape })
                 * )} fairlead.dataplane.v1.Command.$Shape
                 */

                /**
                 * Constructs a new Command.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc What one session asks.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Command.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Command = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * The request.
                 * @member {string} requestId
                 * @memberof fairlead.dataplane.v1.Command
                 * @instance
                 */
                Command.prototype.requestId = "";

                /**
                 * Which attempt of it, from 1.
                 * @member {number} attempt
                 * @memberof fairlead.dataplane.v1.Command
                 * @instance
                 */
                Command.prototype.attempt = 0;

                /**
                 * Run this attempt.
                 * @member {fairlead.dataplane.v1.Start.$Properties|null|undefined} start
                 * @memberof fairlead.dataplane.v1.Command
                 * @instance
                 */
                Command.prototype.start = null;

                /**
                 * Stop it.
                 * @member {fairlead.dataplane.v1.Cancel.$Properties|null|undefined} cancel
                 * @memberof fairlead.dataplane.v1.Command
                 * @instance
                 */
                Command.prototype.cancel = null;

                /**
                 * The client has taken tokens.
                 * @member {fairlead.dataplane.v1.Ack.$Properties|null|undefined} ack
                 * @memberof fairlead.dataplane.v1.Command
                 * @instance
                 */
                Command.prototype.ack = null;

                /**
                 * Hand the attempt over to this session.
                 * @member {fairlead.dataplane.v1.Attach.$Properties|null|undefined} attach
                 * @memberof fairlead.dataplane.v1.Command
                 * @instance
                 */
                Command.prototype.attach = null;

                /**
                 * No session of the attempt lives at this edge.
                 * @member {fairlead.dataplane.v1.Unclaimed.$Properties|null|undefined} unclaimed
                 * @memberof fairlead.dataplane.v1.Command
                 * @instance
                 */
                Command.prototype.unclaimed = null;

                /**
                 * The session's own id, of one that took another's stream over. Empty: the request's. Which lane it uses follows from it.
                 * @member {string} sessionId
                 * @memberof fairlead.dataplane.v1.Command
                 * @instance
                 */
                Command.prototype.sessionId = "";

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * What it asks.
                 * @member {"start"|"cancel"|"ack"|"attach"|"unclaimed"|undefined} what
                 * @memberof fairlead.dataplane.v1.Command
                 * @instance
                 */
                $Object.defineProperty(Command.prototype, "what", {
                    get: $util.oneOfGetter($oneOfFields = ["start", "cancel", "ack", "attach", "unclaimed"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new Command instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Command
                 * @static
                 * @param {fairlead.dataplane.v1.Command.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Command} Command instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Command.$Shape): fairlead.dataplane.v1.Command & fairlead.dataplane.v1.Command.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Command.$Properties): fairlead.dataplane.v1.Command;
                 * }}
                 */
                Command.create = function(properties) {
                    return new Command(properties);
                };

                /**
                 * Encodes the specified Command message. Does not implicitly {@link fairlead.dataplane.v1.Command.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Command
                 * @static
                 * @param {fairlead.dataplane.v1.Command.$Properties} message Command message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Command.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.requestId != null && $Object.hasOwnProperty.call(message, "requestId") && message.requestId !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.requestId);
                    if (message.attempt != null && $Object.hasOwnProperty.call(message, "attempt") && message.attempt !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.attempt);
                    if (message.start != null && $Object.hasOwnProperty.call(message, "start"))
                        $root.fairlead.dataplane.v1.Start.encode(message.start, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.cancel != null && $Object.hasOwnProperty.call(message, "cancel"))
                        $root.fairlead.dataplane.v1.Cancel.encode(message.cancel, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.ack != null && $Object.hasOwnProperty.call(message, "ack"))
                        $root.fairlead.dataplane.v1.Ack.encode(message.ack, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                    if (message.sessionId != null && $Object.hasOwnProperty.call(message, "sessionId") && message.sessionId !== "")
                        writer.uint32(/* id 6, wireType 2 =*/50).string(message.sessionId);
                    if (message.attach != null && $Object.hasOwnProperty.call(message, "attach"))
                        $root.fairlead.dataplane.v1.Attach.encode(message.attach, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                    if (message.unclaimed != null && $Object.hasOwnProperty.call(message, "unclaimed"))
                        $root.fairlead.dataplane.v1.Unclaimed.encode(message.unclaimed, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Command message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Command
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Command & fairlead.dataplane.v1.Command.$Shape} Command
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Command.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Command();
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
                                if (value = reader.uint32())
                                    message.attempt = value;
                                else
                                    delete message.attempt;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.start = $root.fairlead.dataplane.v1.Start.decode(reader, reader.size(), $undefined, _depth + 1, message.start);
                                message.what = "start";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                message.cancel = $root.fairlead.dataplane.v1.Cancel.decode(reader, reader.size(), $undefined, _depth + 1, message.cancel);
                                message.what = "cancel";
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                message.ack = $root.fairlead.dataplane.v1.Ack.decode(reader, reader.size(), $undefined, _depth + 1, message.ack);
                                message.what = "ack";
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                message.attach = $root.fairlead.dataplane.v1.Attach.decode(reader, reader.size(), $undefined, _depth + 1, message.attach);
                                message.what = "attach";
                                continue;
                            }
                        case 8: {
                                if (wireType !== 2)
                                    break;
                                message.unclaimed = $root.fairlead.dataplane.v1.Unclaimed.decode(reader, reader.size(), $undefined, _depth + 1, message.unclaimed);
                                message.what = "unclaimed";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.sessionId = value;
                                else
                                    delete message.sessionId;
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
                 * Gets the type url for Command
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Command
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Command.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Command";
                };

                return Command;
            })();

            v1.Start = (function() {

                /**
                 * Properties of a Start.
                 * @typedef {Object} fairlead.dataplane.v1.Start.$Properties
                 * @property {number|null} [incarnation] The life of the worker that was granted.
                 * @property {number|null} [shard] The tenant's shard.
                 * @property {number|null} [shardEpoch] Of the shard's owner.
                 * @property {number|null} [poolEpoch] Of the pool's owner.
                 * @property {string|null} [tenant] Who is served.
                 * @property {number|null} [weight] The tenant's weight, as the router used it.
                 * @property {string|null} [namespace] Prefix-cache namespace.
                 * @property {string|null} [adapterDigest] Empty: the base model.
                 * @property {Uint8Array|null} [prompt] The prompt in UTF-8 after the chat template.
                 * @property {string|null} [promptDigest] Of the prompt.
                 * @property {number|null} [promptTokens] Its length in tokens.
                 * @property {Array.<number>|null} [forcedPrefix] Output tokens that the client has already.
                 * @property {number|null} [outputTokensMax] Output at most, the forced prefix counted.
                 * @property {number|null} [outputTokensMin] No natural end before.
                 * @property {boolean|null} [ignoreEos] Never end naturally.
                 * @property {fairlead.dataplane.v1.Sampling.$Properties|null} [sampling] How the next token is chosen.
                 * @property {number|null} [outputTokensGranted] The tenant's queue stops the stream here unless it grants more.
                 * @property {number|null} [band] The tenant's band: lower goes first in the engine.
                 * @property {string|null} [resumeTerms] What another session would need to go on with the stream; the worker keeps it unread. Empty: nobody can.
                 * @property {fairlead.dataplane.v1.Idempotency.$Properties|null} [idempotency] The client's name for the request. Absent: it gave none.
                 * @property {boolean|null} [mustReplay] Refused unless the engine would say again what another has said.
                 * @property {number|null} [aloneUntilIndex] It was in flight at engine crashes: it runs there with nobody else until its output has passed this index. Absent: in company.
                 * @property {Array.<string>|null} [residency] Zones outside which it may not run. Empty: anywhere.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Start.
                 * @memberof fairlead.dataplane.v1
                 * @interface IStart
                 * @augments fairlead.dataplane.v1.Start.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Start.$Properties instead.
                 */

                /**
                 * Shape of a Start.
                 * @typedef {fairlead.dataplane.v1.Start.$Properties} fairlead.dataplane.v1.Start.$Shape
                 */

                /**
                 * Constructs a new Start.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc Run this attempt; the same attempt again attaches to it.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Start.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Start = function (properties) {
                    this.forcedPrefix = [];
                    this.residency = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * The life of the worker that was granted.
                 * @member {number} incarnation
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.incarnation = 0;

                /**
                 * The tenant's shard.
                 * @member {number} shard
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.shard = 0;

                /**
                 * Of the shard's owner.
                 * @member {number} shardEpoch
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.shardEpoch = 0;

                /**
                 * Of the pool's owner.
                 * @member {number} poolEpoch
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.poolEpoch = 0;

                /**
                 * Who is served.
                 * @member {string} tenant
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.tenant = "";

                /**
                 * The tenant's weight, as the router used it.
                 * @member {number} weight
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.weight = 0;

                /**
                 * Prefix-cache namespace.
                 * @member {string} namespace
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.namespace = "";

                /**
                 * Empty: the base model.
                 * @member {string} adapterDigest
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.adapterDigest = "";

                /**
                 * The prompt in UTF-8 after the chat template.
                 * @member {Uint8Array} prompt
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.prompt = $util.newBuffer([]);

                /**
                 * Of the prompt.
                 * @member {string} promptDigest
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.promptDigest = "";

                /**
                 * Its length in tokens.
                 * @member {number} promptTokens
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.promptTokens = 0;

                /**
                 * Output tokens that the client has already.
                 * @member {Array.<number>} forcedPrefix
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.forcedPrefix = $util.emptyArray;

                /**
                 * Output at most, the forced prefix counted.
                 * @member {number} outputTokensMax
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.outputTokensMax = 0;

                /**
                 * No natural end before.
                 * @member {number} outputTokensMin
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.outputTokensMin = 0;

                /**
                 * Never end naturally.
                 * @member {boolean} ignoreEos
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.ignoreEos = false;

                /**
                 * How the next token is chosen.
                 * @member {fairlead.dataplane.v1.Sampling.$Properties|null|undefined} sampling
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.sampling = null;

                /**
                 * The tenant's queue stops the stream here unless it grants more.
                 * @member {number} outputTokensGranted
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.outputTokensGranted = 0;

                /**
                 * The tenant's band: lower goes first in the engine.
                 * @member {number} band
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.band = 0;

                /**
                 * What another session would need to go on with the stream; the worker keeps it unread. Empty: nobody can.
                 * @member {string} resumeTerms
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.resumeTerms = "";

                /**
                 * The client's name for the request. Absent: it gave none.
                 * @member {fairlead.dataplane.v1.Idempotency.$Properties|null|undefined} idempotency
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.idempotency = null;

                /**
                 * Refused unless the engine would say again what another has said.
                 * @member {boolean} mustReplay
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.mustReplay = false;

                /**
                 * It was in flight at engine crashes: it runs there with nobody else until its output has passed this index. Absent: in company.
                 * @member {number|null|undefined} aloneUntilIndex
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.aloneUntilIndex = null;

                /**
                 * Zones outside which it may not run. Empty: anywhere.
                 * @member {Array.<string>} residency
                 * @memberof fairlead.dataplane.v1.Start
                 * @instance
                 */
                Start.prototype.residency = $util.emptyArray;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Start.prototype, "_aloneUntilIndex", {
                    get: $util.oneOfGetter($oneOfFields = ["aloneUntilIndex"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new Start instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Start
                 * @static
                 * @param {fairlead.dataplane.v1.Start.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Start} Start instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Start.$Shape): fairlead.dataplane.v1.Start & fairlead.dataplane.v1.Start.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Start.$Properties): fairlead.dataplane.v1.Start;
                 * }}
                 */
                Start.create = function(properties) {
                    return new Start(properties);
                };

                /**
                 * Encodes the specified Start message. Does not implicitly {@link fairlead.dataplane.v1.Start.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Start
                 * @static
                 * @param {fairlead.dataplane.v1.Start.$Properties} message Start message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Start.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && !$Object.is(message.incarnation, 0))
                        writer.uint32(/* id 1, wireType 1 =*/9).double(message.incarnation);
                    if (message.shard != null && $Object.hasOwnProperty.call(message, "shard") && message.shard !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.shard);
                    if (message.shardEpoch != null && $Object.hasOwnProperty.call(message, "shardEpoch") && !$Object.is(message.shardEpoch, 0))
                        writer.uint32(/* id 3, wireType 1 =*/25).double(message.shardEpoch);
                    if (message.poolEpoch != null && $Object.hasOwnProperty.call(message, "poolEpoch") && !$Object.is(message.poolEpoch, 0))
                        writer.uint32(/* id 4, wireType 1 =*/33).double(message.poolEpoch);
                    if (message.tenant != null && $Object.hasOwnProperty.call(message, "tenant") && message.tenant !== "")
                        writer.uint32(/* id 5, wireType 2 =*/42).string(message.tenant);
                    if (message.weight != null && $Object.hasOwnProperty.call(message, "weight") && !$Object.is(message.weight, 0))
                        writer.uint32(/* id 6, wireType 1 =*/49).double(message.weight);
                    if (message.namespace != null && $Object.hasOwnProperty.call(message, "namespace") && message.namespace !== "")
                        writer.uint32(/* id 7, wireType 2 =*/58).string(message.namespace);
                    if (message.adapterDigest != null && $Object.hasOwnProperty.call(message, "adapterDigest") && message.adapterDigest !== "")
                        writer.uint32(/* id 8, wireType 2 =*/66).string(message.adapterDigest);
                    if (message.prompt != null && $Object.hasOwnProperty.call(message, "prompt") && message.prompt.length)
                        writer.uint32(/* id 9, wireType 2 =*/74).bytes(message.prompt);
                    if (message.promptDigest != null && $Object.hasOwnProperty.call(message, "promptDigest") && message.promptDigest !== "")
                        writer.uint32(/* id 10, wireType 2 =*/82).string(message.promptDigest);
                    if (message.promptTokens != null && $Object.hasOwnProperty.call(message, "promptTokens") && message.promptTokens !== 0)
                        writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.promptTokens);
                    if (message.forcedPrefix != null && message.forcedPrefix.length)
                        writer.uint32(/* id 12, wireType 2 =*/98).uint32s(message.forcedPrefix);
                    if (message.outputTokensMax != null && $Object.hasOwnProperty.call(message, "outputTokensMax") && message.outputTokensMax !== 0)
                        writer.uint32(/* id 13, wireType 0 =*/104).uint32(message.outputTokensMax);
                    if (message.outputTokensMin != null && $Object.hasOwnProperty.call(message, "outputTokensMin") && message.outputTokensMin !== 0)
                        writer.uint32(/* id 14, wireType 0 =*/112).uint32(message.outputTokensMin);
                    if (message.ignoreEos != null && $Object.hasOwnProperty.call(message, "ignoreEos") && message.ignoreEos !== false)
                        writer.uint32(/* id 15, wireType 0 =*/120).bool(message.ignoreEos);
                    if (message.sampling != null && $Object.hasOwnProperty.call(message, "sampling"))
                        $root.fairlead.dataplane.v1.Sampling.encode(message.sampling, writer.uint32(/* id 16, wireType 2 =*/130).fork(), _depth + 1).ldelim();
                    if (message.outputTokensGranted != null && $Object.hasOwnProperty.call(message, "outputTokensGranted") && message.outputTokensGranted !== 0)
                        writer.uint32(/* id 17, wireType 0 =*/136).uint32(message.outputTokensGranted);
                    if (message.band != null && $Object.hasOwnProperty.call(message, "band") && message.band !== 0)
                        writer.uint32(/* id 18, wireType 0 =*/144).int32(message.band);
                    if (message.resumeTerms != null && $Object.hasOwnProperty.call(message, "resumeTerms") && message.resumeTerms !== "")
                        writer.uint32(/* id 19, wireType 2 =*/154).string(message.resumeTerms);
                    if (message.idempotency != null && $Object.hasOwnProperty.call(message, "idempotency"))
                        $root.fairlead.dataplane.v1.Idempotency.encode(message.idempotency, writer.uint32(/* id 20, wireType 2 =*/162).fork(), _depth + 1).ldelim();
                    if (message.mustReplay != null && $Object.hasOwnProperty.call(message, "mustReplay") && message.mustReplay !== false)
                        writer.uint32(/* id 21, wireType 0 =*/168).bool(message.mustReplay);
                    if (message.aloneUntilIndex != null && $Object.hasOwnProperty.call(message, "aloneUntilIndex"))
                        writer.uint32(/* id 22, wireType 0 =*/176).uint32(message.aloneUntilIndex);
                    if (message.residency != null && message.residency.length)
                        for (let i = 0; i < message.residency.length; ++i)
                            writer.uint32(/* id 23, wireType 2 =*/186).string(message.residency[i]);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Start message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Start
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Start & fairlead.dataplane.v1.Start.$Shape} Start
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Start.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Start();
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
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.incarnation = value;
                                else
                                    delete message.incarnation;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.shard = value;
                                else
                                    delete message.shard;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.shardEpoch = value;
                                else
                                    delete message.shardEpoch;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.poolEpoch = value;
                                else
                                    delete message.poolEpoch;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.tenant = value;
                                else
                                    delete message.tenant;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.weight = value;
                                else
                                    delete message.weight;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.namespace = value;
                                else
                                    delete message.namespace;
                                continue;
                            }
                        case 8: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.adapterDigest = value;
                                else
                                    delete message.adapterDigest;
                                continue;
                            }
                        case 9: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.prompt = value;
                                else
                                    delete message.prompt;
                                continue;
                            }
                        case 10: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.promptDigest = value;
                                else
                                    delete message.promptDigest;
                                continue;
                            }
                        case 11: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.promptTokens = value;
                                else
                                    delete message.promptTokens;
                                continue;
                            }
                        case 12: {
                                if (wireType === 2) {
                                    if (!(message.forcedPrefix && message.forcedPrefix.length))
                                        message.forcedPrefix = [];
                                    reader.uint32s(message.forcedPrefix);
                                    continue;
                                }
                                if (wireType !== 0)
                                    break;
                                if (!(message.forcedPrefix && message.forcedPrefix.length))
                                    message.forcedPrefix = [];
                                message.forcedPrefix.push(reader.uint32());
                                continue;
                            }
                        case 13: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.outputTokensMax = value;
                                else
                                    delete message.outputTokensMax;
                                continue;
                            }
                        case 14: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.outputTokensMin = value;
                                else
                                    delete message.outputTokensMin;
                                continue;
                            }
                        case 15: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.bool())
                                    message.ignoreEos = value;
                                else
                                    delete message.ignoreEos;
                                continue;
                            }
                        case 16: {
                                if (wireType !== 2)
                                    break;
                                message.sampling = $root.fairlead.dataplane.v1.Sampling.decode(reader, reader.size(), $undefined, _depth + 1, message.sampling);
                                continue;
                            }
                        case 17: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.outputTokensGranted = value;
                                else
                                    delete message.outputTokensGranted;
                                continue;
                            }
                        case 18: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.band = value;
                                else
                                    delete message.band;
                                continue;
                            }
                        case 19: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.resumeTerms = value;
                                else
                                    delete message.resumeTerms;
                                continue;
                            }
                        case 20: {
                                if (wireType !== 2)
                                    break;
                                message.idempotency = $root.fairlead.dataplane.v1.Idempotency.decode(reader, reader.size(), $undefined, _depth + 1, message.idempotency);
                                continue;
                            }
                        case 21: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.bool())
                                    message.mustReplay = value;
                                else
                                    delete message.mustReplay;
                                continue;
                            }
                        case 22: {
                                if (wireType !== 0)
                                    break;
                                message.aloneUntilIndex = reader.uint32();
                                message._aloneUntilIndex = "aloneUntilIndex";
                                continue;
                            }
                        case 23: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.residency && message.residency.length))
                                    message.residency = [];
                                message.residency.push(reader.stringVerify());
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
                 * Gets the type url for Start
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Start
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Start.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Start";
                };

                return Start;
            })();

            v1.Idempotency = (function() {

                /**
                 * Properties of an Idempotency.
                 * @typedef {Object} fairlead.dataplane.v1.Idempotency.$Properties
                 * @property {string|null} [key] Of the tenant and its client's key.
                 * @property {string|null} [body] Of all that decides the output.
                 * @property {number|null} [run] How many runs under the key are over already, cut off or failed.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Idempotency.
                 * @memberof fairlead.dataplane.v1
                 * @interface IIdempotency
                 * @augments fairlead.dataplane.v1.Idempotency.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Idempotency.$Properties instead.
                 */

                /**
                 * Shape of an Idempotency.
                 * @typedef {fairlead.dataplane.v1.Idempotency.$Properties} fairlead.dataplane.v1.Idempotency.$Shape
                 */

                /**
                 * Constructs a new Idempotency.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc A client's own name for one request: digests, never the key itself.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Idempotency.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Idempotency = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Of the tenant and its client's key.
                 * @member {string} key
                 * @memberof fairlead.dataplane.v1.Idempotency
                 * @instance
                 */
                Idempotency.prototype.key = "";

                /**
                 * Of all that decides the output.
                 * @member {string} body
                 * @memberof fairlead.dataplane.v1.Idempotency
                 * @instance
                 */
                Idempotency.prototype.body = "";

                /**
                 * How many runs under the key are over already, cut off or failed.
                 * @member {number} run
                 * @memberof fairlead.dataplane.v1.Idempotency
                 * @instance
                 */
                Idempotency.prototype.run = 0;

                /**
                 * Creates a new Idempotency instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Idempotency
                 * @static
                 * @param {fairlead.dataplane.v1.Idempotency.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Idempotency} Idempotency instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Idempotency.$Shape): fairlead.dataplane.v1.Idempotency & fairlead.dataplane.v1.Idempotency.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Idempotency.$Properties): fairlead.dataplane.v1.Idempotency;
                 * }}
                 */
                Idempotency.create = function(properties) {
                    return new Idempotency(properties);
                };

                /**
                 * Encodes the specified Idempotency message. Does not implicitly {@link fairlead.dataplane.v1.Idempotency.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Idempotency
                 * @static
                 * @param {fairlead.dataplane.v1.Idempotency.$Properties} message Idempotency message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Idempotency.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.key);
                    if (message.body != null && $Object.hasOwnProperty.call(message, "body") && message.body !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.body);
                    if (message.run != null && $Object.hasOwnProperty.call(message, "run") && message.run !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.run);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Idempotency message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Idempotency
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Idempotency & fairlead.dataplane.v1.Idempotency.$Shape} Idempotency
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Idempotency.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Idempotency();
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
                                    message.key = value;
                                else
                                    delete message.key;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.body = value;
                                else
                                    delete message.body;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.run = value;
                                else
                                    delete message.run;
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
                 * Gets the type url for Idempotency
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Idempotency
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Idempotency.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Idempotency";
                };

                return Idempotency;
            })();

            v1.Sampling = (function() {

                /**
                 * Properties of a Sampling.
                 * @typedef {Object} fairlead.dataplane.v1.Sampling.$Properties
                 * @property {number|null} [temperature] 0 is greedy.
                 * @property {number|null} [topP] Nucleus.
                 * @property {number|null} [presencePenalty] For tokens that occurred.
                 * @property {number|null} [frequencyPenalty] For each occurrence.
                 * @property {number|null} [seed] An integer below 2^53.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Sampling.
                 * @memberof fairlead.dataplane.v1
                 * @interface ISampling
                 * @augments fairlead.dataplane.v1.Sampling.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Sampling.$Properties instead.
                 */

                /**
                 * Shape of a Sampling.
                 * @typedef {fairlead.dataplane.v1.Sampling.$Properties} fairlead.dataplane.v1.Sampling.$Shape
                 */

                /**
                 * Constructs a new Sampling.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc How the next token is chosen. Absent fields: the engine's defaults.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Sampling.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Sampling = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * 0 is greedy.
                 * @member {number|null|undefined} temperature
                 * @memberof fairlead.dataplane.v1.Sampling
                 * @instance
                 */
                Sampling.prototype.temperature = null;

                /**
                 * Nucleus.
                 * @member {number|null|undefined} topP
                 * @memberof fairlead.dataplane.v1.Sampling
                 * @instance
                 */
                Sampling.prototype.topP = null;

                /**
                 * For tokens that occurred.
                 * @member {number|null|undefined} presencePenalty
                 * @memberof fairlead.dataplane.v1.Sampling
                 * @instance
                 */
                Sampling.prototype.presencePenalty = null;

                /**
                 * For each occurrence.
                 * @member {number|null|undefined} frequencyPenalty
                 * @memberof fairlead.dataplane.v1.Sampling
                 * @instance
                 */
                Sampling.prototype.frequencyPenalty = null;

                /**
                 * An integer below 2^53.
                 * @member {number|null|undefined} seed
                 * @memberof fairlead.dataplane.v1.Sampling
                 * @instance
                 */
                Sampling.prototype.seed = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Sampling.prototype, "_temperature", {
                    get: $util.oneOfGetter($oneOfFields = ["temperature"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Sampling.prototype, "_topP", {
                    get: $util.oneOfGetter($oneOfFields = ["topP"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Sampling.prototype, "_presencePenalty", {
                    get: $util.oneOfGetter($oneOfFields = ["presencePenalty"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Sampling.prototype, "_frequencyPenalty", {
                    get: $util.oneOfGetter($oneOfFields = ["frequencyPenalty"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                // Virtual OneOf for proto3 optional field
                $Object.defineProperty(Sampling.prototype, "_seed", {
                    get: $util.oneOfGetter($oneOfFields = ["seed"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new Sampling instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Sampling
                 * @static
                 * @param {fairlead.dataplane.v1.Sampling.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Sampling} Sampling instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Sampling.$Shape): fairlead.dataplane.v1.Sampling & fairlead.dataplane.v1.Sampling.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Sampling.$Properties): fairlead.dataplane.v1.Sampling;
                 * }}
                 */
                Sampling.create = function(properties) {
                    return new Sampling(properties);
                };

                /**
                 * Encodes the specified Sampling message. Does not implicitly {@link fairlead.dataplane.v1.Sampling.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Sampling
                 * @static
                 * @param {fairlead.dataplane.v1.Sampling.$Properties} message Sampling message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Sampling.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.temperature != null && $Object.hasOwnProperty.call(message, "temperature"))
                        writer.uint32(/* id 1, wireType 1 =*/9).double(message.temperature);
                    if (message.topP != null && $Object.hasOwnProperty.call(message, "topP"))
                        writer.uint32(/* id 2, wireType 1 =*/17).double(message.topP);
                    if (message.presencePenalty != null && $Object.hasOwnProperty.call(message, "presencePenalty"))
                        writer.uint32(/* id 3, wireType 1 =*/25).double(message.presencePenalty);
                    if (message.frequencyPenalty != null && $Object.hasOwnProperty.call(message, "frequencyPenalty"))
                        writer.uint32(/* id 4, wireType 1 =*/33).double(message.frequencyPenalty);
                    if (message.seed != null && $Object.hasOwnProperty.call(message, "seed"))
                        writer.uint32(/* id 5, wireType 1 =*/41).double(message.seed);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Sampling message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Sampling
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Sampling & fairlead.dataplane.v1.Sampling.$Shape} Sampling
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Sampling.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Sampling();
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
                                if (wireType !== 1)
                                    break;
                                message.temperature = reader.double();
                                message._temperature = "temperature";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 1)
                                    break;
                                message.topP = reader.double();
                                message._topP = "topP";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 1)
                                    break;
                                message.presencePenalty = reader.double();
                                message._presencePenalty = "presencePenalty";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 1)
                                    break;
                                message.frequencyPenalty = reader.double();
                                message._frequencyPenalty = "frequencyPenalty";
                                continue;
                            }
                        case 5: {
                                if (wireType !== 1)
                                    break;
                                message.seed = reader.double();
                                message._seed = "seed";
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
                 * Gets the type url for Sampling
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Sampling
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Sampling.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Sampling";
                };

                return Sampling;
            })();

            v1.Attach = (function() {

                /**
                 * Properties of an Attach.
                 * @typedef {Object} fairlead.dataplane.v1.Attach.$Properties
                 * @property {number|null} [incarnation] The life of the worker that ran it.
                 * @property {string|null} [tenant] Whose request it is.
                 * @property {number|null} [after] The client has the output up to and with this index. -1: nothing.
                 * @property {Array.<string>|null} [models] Only if its resume terms have one of these names. Empty: whatever it is.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Attach.
                 * @memberof fairlead.dataplane.v1
                 * @interface IAttach
                 * @augments fairlead.dataplane.v1.Attach.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Attach.$Properties instead.
                 */

                /**
                 * Shape of an Attach.
                 * @typedef {fairlead.dataplane.v1.Attach.$Properties} fairlead.dataplane.v1.Attach.$Shape
                 */

                /**
                 * Constructs a new Attach.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc The client reads the stream on: hand the attempt over to this session, with every token from index 0.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Attach.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Attach = function (properties) {
                    this.models = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * The life of the worker that ran it.
                 * @member {number} incarnation
                 * @memberof fairlead.dataplane.v1.Attach
                 * @instance
                 */
                Attach.prototype.incarnation = 0;

                /**
                 * Whose request it is.
                 * @member {string} tenant
                 * @memberof fairlead.dataplane.v1.Attach
                 * @instance
                 */
                Attach.prototype.tenant = "";

                /**
                 * The client has the output up to and with this index. -1: nothing.
                 * @member {number} after
                 * @memberof fairlead.dataplane.v1.Attach
                 * @instance
                 */
                Attach.prototype.after = 0;

                /**
                 * Only if its resume terms have one of these names. Empty: whatever it is.
                 * @member {Array.<string>} models
                 * @memberof fairlead.dataplane.v1.Attach
                 * @instance
                 */
                Attach.prototype.models = $util.emptyArray;

                /**
                 * Creates a new Attach instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Attach
                 * @static
                 * @param {fairlead.dataplane.v1.Attach.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Attach} Attach instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Attach.$Shape): fairlead.dataplane.v1.Attach & fairlead.dataplane.v1.Attach.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Attach.$Properties): fairlead.dataplane.v1.Attach;
                 * }}
                 */
                Attach.create = function(properties) {
                    return new Attach(properties);
                };

                /**
                 * Encodes the specified Attach message. Does not implicitly {@link fairlead.dataplane.v1.Attach.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Attach
                 * @static
                 * @param {fairlead.dataplane.v1.Attach.$Properties} message Attach message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Attach.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && !$Object.is(message.incarnation, 0))
                        writer.uint32(/* id 1, wireType 1 =*/9).double(message.incarnation);
                    if (message.tenant != null && $Object.hasOwnProperty.call(message, "tenant") && message.tenant !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.tenant);
                    if (message.after != null && $Object.hasOwnProperty.call(message, "after") && message.after !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).sint32(message.after);
                    if (message.models != null && message.models.length)
                        for (let i = 0; i < message.models.length; ++i)
                            writer.uint32(/* id 4, wireType 2 =*/34).string(message.models[i]);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Attach message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Attach
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Attach & fairlead.dataplane.v1.Attach.$Shape} Attach
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Attach.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Attach();
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
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.incarnation = value;
                                else
                                    delete message.incarnation;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.tenant = value;
                                else
                                    delete message.tenant;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.sint32())
                                    message.after = value;
                                else
                                    delete message.after;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.models && message.models.length))
                                    message.models = [];
                                message.models.push(reader.stringVerify());
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
                 * Gets the type url for Attach
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Attach
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Attach.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Attach";
                };

                return Attach;
            })();

            v1.Unclaimed = (function() {

                /**
                 * Properties of an Unclaimed.
                 * @typedef {Object} fairlead.dataplane.v1.Unclaimed.$Properties
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Unclaimed.
                 * @memberof fairlead.dataplane.v1
                 * @interface IUnclaimed
                 * @augments fairlead.dataplane.v1.Unclaimed.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Unclaimed.$Properties instead.
                 */

                /**
                 * Shape of an Unclaimed.
                 * @typedef {fairlead.dataplane.v1.Unclaimed.$Properties} fairlead.dataplane.v1.Unclaimed.$Shape
                 */

                /**
                 * Constructs a new Unclaimed.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc Nobody reads the attempt's tokens there: keep it for half a minute for a client that comes back.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Unclaimed.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Unclaimed = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Creates a new Unclaimed instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Unclaimed
                 * @static
                 * @param {fairlead.dataplane.v1.Unclaimed.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Unclaimed} Unclaimed instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Unclaimed.$Shape): fairlead.dataplane.v1.Unclaimed & fairlead.dataplane.v1.Unclaimed.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Unclaimed.$Properties): fairlead.dataplane.v1.Unclaimed;
                 * }}
                 */
                Unclaimed.create = function(properties) {
                    return new Unclaimed(properties);
                };

                /**
                 * Encodes the specified Unclaimed message. Does not implicitly {@link fairlead.dataplane.v1.Unclaimed.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Unclaimed
                 * @static
                 * @param {fairlead.dataplane.v1.Unclaimed.$Properties} message Unclaimed message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Unclaimed.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Unclaimed message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Unclaimed
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Unclaimed & fairlead.dataplane.v1.Unclaimed.$Shape} Unclaimed
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Unclaimed.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Unclaimed();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        reader.skipType(tag & 7, _depth, tag);
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
                 * Gets the type url for Unclaimed
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Unclaimed
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Unclaimed.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Unclaimed";
                };

                return Unclaimed;
            })();

            v1.Cancel = (function() {

                /**
                 * Properties of a Cancel.
                 * @typedef {Object} fairlead.dataplane.v1.Cancel.$Properties
                 * @property {boolean|null} [isDiscarded] Its output is not to be had again.
                 * @property {string|null} [outcome] How the client's output ended, by its session. Absent: its client hung up.
                 * @property {number|null} [billedTokens] With an outcome: so many output tokens are billed.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Cancel.
                 * @memberof fairlead.dataplane.v1
                 * @interface ICancel
                 * @augments fairlead.dataplane.v1.Cancel.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Cancel.$Properties instead.
                 */

                /**
                 * Shape of a Cancel.
                 * @typedef {fairlead.dataplane.v1.Cancel.$Properties} fairlead.dataplane.v1.Cancel.$Shape
                 */

                /**
                 * Constructs a new Cancel.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc Stop at the next step boundary, and say what ran.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Cancel.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Cancel = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Its output is not to be had again.
                 * @member {boolean} isDiscarded
                 * @memberof fairlead.dataplane.v1.Cancel
                 * @instance
                 */
                Cancel.prototype.isDiscarded = false;

                /**
                 * How the client's output ended, by its session. Absent: its client hung up.
                 * @member {string} outcome
                 * @memberof fairlead.dataplane.v1.Cancel
                 * @instance
                 */
                Cancel.prototype.outcome = "";

                /**
                 * With an outcome: so many output tokens are billed.
                 * @member {number} billedTokens
                 * @memberof fairlead.dataplane.v1.Cancel
                 * @instance
                 */
                Cancel.prototype.billedTokens = 0;

                /**
                 * Creates a new Cancel instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Cancel
                 * @static
                 * @param {fairlead.dataplane.v1.Cancel.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Cancel} Cancel instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Cancel.$Shape): fairlead.dataplane.v1.Cancel & fairlead.dataplane.v1.Cancel.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Cancel.$Properties): fairlead.dataplane.v1.Cancel;
                 * }}
                 */
                Cancel.create = function(properties) {
                    return new Cancel(properties);
                };

                /**
                 * Encodes the specified Cancel message. Does not implicitly {@link fairlead.dataplane.v1.Cancel.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Cancel
                 * @static
                 * @param {fairlead.dataplane.v1.Cancel.$Properties} message Cancel message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Cancel.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.isDiscarded != null && $Object.hasOwnProperty.call(message, "isDiscarded") && message.isDiscarded !== false)
                        writer.uint32(/* id 1, wireType 0 =*/8).bool(message.isDiscarded);
                    if (message.outcome != null && $Object.hasOwnProperty.call(message, "outcome") && message.outcome !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.outcome);
                    if (message.billedTokens != null && $Object.hasOwnProperty.call(message, "billedTokens") && message.billedTokens !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.billedTokens);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Cancel message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Cancel
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Cancel & fairlead.dataplane.v1.Cancel.$Shape} Cancel
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Cancel.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Cancel();
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
                                if (value = reader.bool())
                                    message.isDiscarded = value;
                                else
                                    delete message.isDiscarded;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.outcome = value;
                                else
                                    delete message.outcome;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.billedTokens = value;
                                else
                                    delete message.billedTokens;
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
                 * Gets the type url for Cancel
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Cancel
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Cancel.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Cancel";
                };

                return Cancel;
            })();

            v1.Ack = (function() {

                /**
                 * Properties of an Ack.
                 * @typedef {Object} fairlead.dataplane.v1.Ack.$Properties
                 * @property {number|null} [nextIndex] That index.
                 * @property {boolean|null} [isBehind] Tokens are missing: send again from there.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Ack.
                 * @memberof fairlead.dataplane.v1
                 * @interface IAck
                 * @augments fairlead.dataplane.v1.Ack.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Ack.$Properties instead.
                 */

                /**
                 * Shape of an Ack.
                 * @typedef {fairlead.dataplane.v1.Ack.$Properties} fairlead.dataplane.v1.Ack.$Shape
                 */

                /**
                 * Constructs a new Ack.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc The client's socket took every token below an index.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Ack.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Ack = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * That index.
                 * @member {number} nextIndex
                 * @memberof fairlead.dataplane.v1.Ack
                 * @instance
                 */
                Ack.prototype.nextIndex = 0;

                /**
                 * Tokens are missing: send again from there.
                 * @member {boolean} isBehind
                 * @memberof fairlead.dataplane.v1.Ack
                 * @instance
                 */
                Ack.prototype.isBehind = false;

                /**
                 * Creates a new Ack instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Ack
                 * @static
                 * @param {fairlead.dataplane.v1.Ack.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Ack} Ack instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Ack.$Shape): fairlead.dataplane.v1.Ack & fairlead.dataplane.v1.Ack.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Ack.$Properties): fairlead.dataplane.v1.Ack;
                 * }}
                 */
                Ack.create = function(properties) {
                    return new Ack(properties);
                };

                /**
                 * Encodes the specified Ack message. Does not implicitly {@link fairlead.dataplane.v1.Ack.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Ack
                 * @static
                 * @param {fairlead.dataplane.v1.Ack.$Properties} message Ack message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Ack.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.nextIndex != null && $Object.hasOwnProperty.call(message, "nextIndex") && message.nextIndex !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.nextIndex);
                    if (message.isBehind != null && $Object.hasOwnProperty.call(message, "isBehind") && message.isBehind !== false)
                        writer.uint32(/* id 2, wireType 0 =*/16).bool(message.isBehind);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Ack message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Ack
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Ack & fairlead.dataplane.v1.Ack.$Shape} Ack
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Ack.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Ack();
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
                                    message.nextIndex = value;
                                else
                                    delete message.nextIndex;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.bool())
                                    message.isBehind = value;
                                else
                                    delete message.isBehind;
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
                 * Gets the type url for Ack
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Ack
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Ack.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Ack";
                };

                return Ack;
            })();

            v1.Frame = (function() {

                /**
                 * Properties of a Frame.
                 * @typedef {Object} fairlead.dataplane.v1.Frame.$Properties
                 * @property {Array.<fairlead.dataplane.v1.Event.$Properties>|null} [events] At least one.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Frame.
                 * @memberof fairlead.dataplane.v1
                 * @interface IFrame
                 * @augments fairlead.dataplane.v1.Frame.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Frame.$Properties instead.
                 */

                /**
                 * Shape of a Frame.
                 * @typedef {{
                 *   events?: Array.<fairlead.dataplane.v1.Event.$Shape>|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * }} fairlead.dataplane.v1.Frame.$Shape
                 */

                /**
                 * Constructs a new Frame.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc What a worker has to say on this lane after one engine step, in its order.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Frame.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Frame = function (properties) {
                    this.events = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * At least one.
                 * @member {Array.<fairlead.dataplane.v1.Event.$Properties>} events
                 * @memberof fairlead.dataplane.v1.Frame
                 * @instance
                 */
                Frame.prototype.events = $util.emptyArray;

                /**
                 * Creates a new Frame instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Frame
                 * @static
                 * @param {fairlead.dataplane.v1.Frame.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Frame} Frame instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Frame.$Shape): fairlead.dataplane.v1.Frame & fairlead.dataplane.v1.Frame.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Frame.$Properties): fairlead.dataplane.v1.Frame;
                 * }}
                 */
                Frame.create = function(properties) {
                    return new Frame(properties);
                };

                /**
                 * Encodes the specified Frame message. Does not implicitly {@link fairlead.dataplane.v1.Frame.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Frame
                 * @static
                 * @param {fairlead.dataplane.v1.Frame.$Properties} message Frame message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Frame.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.events != null && message.events.length)
                        for (let i = 0; i < message.events.length; ++i)
                            $root.fairlead.dataplane.v1.Event.encode(message.events[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Frame message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Frame
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Frame & fairlead.dataplane.v1.Frame.$Shape} Frame
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Frame.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Frame();
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
                                if (!(message.events && message.events.length))
                                    message.events = [];
                                message.events.push($root.fairlead.dataplane.v1.Event.decode(reader, reader.size(), $undefined, _depth + 1));
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
                 * Gets the type url for Frame
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Frame
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Frame.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Frame";
                };

                return Frame;
            })();

            v1.Event = (function() {

                /**
                 * Properties of an Event.
                 * @typedef {Object} fairlead.dataplane.v1.Event.$Properties
                 * @property {string|null} [requestId] The request.
                 * @property {number|null} [attempt] Which attempt of it, from 1.
                 * @property {fairlead.dataplane.v1.Output.$Properties|null} [output] Output tokens.
                 * @property {fairlead.dataplane.v1.Started.$Properties|null} [started] The start was accepted.
                 * @property {fairlead.dataplane.v1.StartRefused.$Properties|null} [startRefused] The start was refused.
                 * @property {fairlead.dataplane.v1.Alive.$Properties|null} [alive] No tokens, but the sequence lives.
                 * @property {fairlead.dataplane.v1.Returned.$Properties|null} [returned] The sequence is given up without a failure of its own.
                 * @property {fairlead.dataplane.v1.Attached.$Properties|null} [attached] The attempt is this session's now.
                 * @property {fairlead.dataplane.v1.AttachRefused.$Properties|null} [attachRefused] It is not handed over.
                 * @property {fairlead.dataplane.v1.Detached.$Properties|null} [detached] Another session has taken it over.
                 * @property {string|null} [sessionId] The session's own id, of one that took another's stream over. Empty: the request's.
                 * @property {"output"|"started"|"startRefused"|"alive"|"returned"|"attached"|"attachRefused"|"detached"} [what] What is told.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Event.
                 * @memberof fairlead.dataplane.v1
                 * @interface IEvent
                 * @augments fairlead.dataplane.v1.Event.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Event.$Properties instead.
                 */

                /**
                 * Narrowed shape of an Event.
                 * @typedef {{
                 *   requestId?: string|null;
                 *   attempt?: number|null;
                 *   output?: fairlead.dataplane.v1.Output.$Shape|null;
                 *   started?: fairlead.dataplane.v1.Started.$Shape|null;
                 *   startRefused?: fairlead.dataplane.v1.StartRefused.$Shape|null;
                 *   alive?: fairlead.dataplane.v1.Alive.$Shape|null;
                 *   returned?: fairlead.dataplane.v1.Returned.$Shape|null;
                 *   attached?: fairlead.dataplane.v1.Attached.$Shape|null;
                 *   attachRefused?: fairlead.dataplane.v1.AttachRefused.$Shape|null;
                 *   detached?: fairlead.dataplane.v1.Detached.$Shape|null;
                 *   sessionId?: string|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ what?: undefined; output?: null; started?: null; startRefused?: null; alive?: null; returned?: null; attached?: null; attachRefused?: null; detached?: null }|{ what?: "output"; output: fairlead.dataplane.v1.Output.$Shape; started?: null; startRefused?: null; alive?: null; returned?: null; attached?: null; attachRefused?: null; detached?: null }|{ what?: "started"; output?: null; started: fairlead.dataplane.v1.Started.$Shape; startRefused?: null; alive?: null; returned?: null; attached?: null; attachRefused?: null; detached?: null }|{ what?: "startRefused"; output?: null; started?: null; startRefused: fairlead.dataplane.v1.StartRefused.$Shape; alive?: null; returned?: null; attached?: null; attachRefused?: null; detached?: null }|{ what?: "alive"; output?: null; started?: null; startRefused?: null; alive: fairlead.dataplane.v1.Alive.$Shape; returned?: null; attached?: null; attachRefused?: null; detached?: null }|{ what?: "returned"; output?: null; started?: null; startRefused?: null; alive?: null; returned: fairlead.dataplane.v1.Returned.$Shape; attached?: null; attachRefused?: null; detached?: null }|{ what?: "attached"; output?: null; started?: null; startRefused?: null; alive?: null; returned?: null; attached: fairlead.dataplane.v1.Attached.$Shape; attachRefused?: null; detached?: null }|{ what?: "attachRefused"; output?: null; started?: null; startRefused?: null; alive?: null; returned?: null; attached?: null; attachRefused: fairlead.dataplane.v1.AttachRefused.$Shape; detached?: null }|{ what?: "detached"; output?: null; started?: null; startRefused?: null; alive?: null; returned?: null; attached?: null; attachRefused?: null; detached: fairlead.dataplane.v1.Detached.$Shape })
                 * )} fairlead.dataplane.v1.Event.$Shape
                 */

                /**
                 * Constructs a new Event.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc What one session is told.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Event.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Event = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * The request.
                 * @member {string} requestId
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                Event.prototype.requestId = "";

                /**
                 * Which attempt of it, from 1.
                 * @member {number} attempt
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                Event.prototype.attempt = 0;

                /**
                 * Output tokens.
                 * @member {fairlead.dataplane.v1.Output.$Properties|null|undefined} output
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                Event.prototype.output = null;

                /**
                 * The start was accepted.
                 * @member {fairlead.dataplane.v1.Started.$Properties|null|undefined} started
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                Event.prototype.started = null;

                /**
                 * The start was refused.
                 * @member {fairlead.dataplane.v1.StartRefused.$Properties|null|undefined} startRefused
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                Event.prototype.startRefused = null;

                /**
                 * No tokens, but the sequence lives.
                 * @member {fairlead.dataplane.v1.Alive.$Properties|null|undefined} alive
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                Event.prototype.alive = null;

                /**
                 * The sequence is given up without a failure of its own.
                 * @member {fairlead.dataplane.v1.Returned.$Properties|null|undefined} returned
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                Event.prototype.returned = null;

                /**
                 * The attempt is this session's now.
                 * @member {fairlead.dataplane.v1.Attached.$Properties|null|undefined} attached
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                Event.prototype.attached = null;

                /**
                 * It is not handed over.
                 * @member {fairlead.dataplane.v1.AttachRefused.$Properties|null|undefined} attachRefused
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                Event.prototype.attachRefused = null;

                /**
                 * Another session has taken it over.
                 * @member {fairlead.dataplane.v1.Detached.$Properties|null|undefined} detached
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                Event.prototype.detached = null;

                /**
                 * The session's own id, of one that took another's stream over. Empty: the request's.
                 * @member {string} sessionId
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                Event.prototype.sessionId = "";

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * What is told.
                 * @member {"output"|"started"|"startRefused"|"alive"|"returned"|"attached"|"attachRefused"|"detached"|undefined} what
                 * @memberof fairlead.dataplane.v1.Event
                 * @instance
                 */
                $Object.defineProperty(Event.prototype, "what", {
                    get: $util.oneOfGetter($oneOfFields = ["output", "started", "startRefused", "alive", "returned", "attached", "attachRefused", "detached"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new Event instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Event
                 * @static
                 * @param {fairlead.dataplane.v1.Event.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Event} Event instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Event.$Shape): fairlead.dataplane.v1.Event & fairlead.dataplane.v1.Event.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Event.$Properties): fairlead.dataplane.v1.Event;
                 * }}
                 */
                Event.create = function(properties) {
                    return new Event(properties);
                };

                /**
                 * Encodes the specified Event message. Does not implicitly {@link fairlead.dataplane.v1.Event.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Event
                 * @static
                 * @param {fairlead.dataplane.v1.Event.$Properties} message Event message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Event.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.requestId != null && $Object.hasOwnProperty.call(message, "requestId") && message.requestId !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.requestId);
                    if (message.attempt != null && $Object.hasOwnProperty.call(message, "attempt") && message.attempt !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.attempt);
                    if (message.output != null && $Object.hasOwnProperty.call(message, "output"))
                        $root.fairlead.dataplane.v1.Output.encode(message.output, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.started != null && $Object.hasOwnProperty.call(message, "started"))
                        $root.fairlead.dataplane.v1.Started.encode(message.started, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.startRefused != null && $Object.hasOwnProperty.call(message, "startRefused"))
                        $root.fairlead.dataplane.v1.StartRefused.encode(message.startRefused, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                    if (message.alive != null && $Object.hasOwnProperty.call(message, "alive"))
                        $root.fairlead.dataplane.v1.Alive.encode(message.alive, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                    if (message.returned != null && $Object.hasOwnProperty.call(message, "returned"))
                        $root.fairlead.dataplane.v1.Returned.encode(message.returned, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                    if (message.sessionId != null && $Object.hasOwnProperty.call(message, "sessionId") && message.sessionId !== "")
                        writer.uint32(/* id 8, wireType 2 =*/66).string(message.sessionId);
                    if (message.attached != null && $Object.hasOwnProperty.call(message, "attached"))
                        $root.fairlead.dataplane.v1.Attached.encode(message.attached, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
                    if (message.attachRefused != null && $Object.hasOwnProperty.call(message, "attachRefused"))
                        $root.fairlead.dataplane.v1.AttachRefused.encode(message.attachRefused, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                    if (message.detached != null && $Object.hasOwnProperty.call(message, "detached"))
                        $root.fairlead.dataplane.v1.Detached.encode(message.detached, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Event message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Event
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Event & fairlead.dataplane.v1.Event.$Shape} Event
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Event.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Event();
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
                                if (value = reader.uint32())
                                    message.attempt = value;
                                else
                                    delete message.attempt;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.output = $root.fairlead.dataplane.v1.Output.decode(reader, reader.size(), $undefined, _depth + 1, message.output);
                                message.what = "output";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                message.started = $root.fairlead.dataplane.v1.Started.decode(reader, reader.size(), $undefined, _depth + 1, message.started);
                                message.what = "started";
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                message.startRefused = $root.fairlead.dataplane.v1.StartRefused.decode(reader, reader.size(), $undefined, _depth + 1, message.startRefused);
                                message.what = "startRefused";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                message.alive = $root.fairlead.dataplane.v1.Alive.decode(reader, reader.size(), $undefined, _depth + 1, message.alive);
                                message.what = "alive";
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                message.returned = $root.fairlead.dataplane.v1.Returned.decode(reader, reader.size(), $undefined, _depth + 1, message.returned);
                                message.what = "returned";
                                continue;
                            }
                        case 9: {
                                if (wireType !== 2)
                                    break;
                                message.attached = $root.fairlead.dataplane.v1.Attached.decode(reader, reader.size(), $undefined, _depth + 1, message.attached);
                                message.what = "attached";
                                continue;
                            }
                        case 10: {
                                if (wireType !== 2)
                                    break;
                                message.attachRefused = $root.fairlead.dataplane.v1.AttachRefused.decode(reader, reader.size(), $undefined, _depth + 1, message.attachRefused);
                                message.what = "attachRefused";
                                continue;
                            }
                        case 11: {
                                if (wireType !== 2)
                                    break;
                                message.detached = $root.fairlead.dataplane.v1.Detached.decode(reader, reader.size(), $undefined, _depth + 1, message.detached);
                                message.what = "detached";
                                continue;
                            }
                        case 8: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.sessionId = value;
                                else
                                    delete message.sessionId;
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
                 * Gets the type url for Event
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Event
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Event.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Event";
                };

                return Event;
            })();

            v1.Output = (function() {

                /**
                 * Properties of an Output.
                 * @typedef {Object} fairlead.dataplane.v1.Output.$Properties
                 * @property {number|null} [firstIndex] Index of the first in the request's output.
                 * @property {Array.<number>|null} [tokens] Token ids.
                 * @property {fairlead.dataplane.v1.End.$Properties|null} [end] On the last of an attempt that reached its end.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Output.
                 * @memberof fairlead.dataplane.v1
                 * @interface IOutput
                 * @augments fairlead.dataplane.v1.Output.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Output.$Properties instead.
                 */

                /**
                 * Shape of an Output.
                 * @typedef {fairlead.dataplane.v1.Output.$Properties} fairlead.dataplane.v1.Output.$Shape
                 */

                /**
                 * Constructs a new Output.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc Output tokens of one step, or sent again.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Output.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Output = function (properties) {
                    this.tokens = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Index of the first in the request's output.
                 * @member {number} firstIndex
                 * @memberof fairlead.dataplane.v1.Output
                 * @instance
                 */
                Output.prototype.firstIndex = 0;

                /**
                 * Token ids.
                 * @member {Array.<number>} tokens
                 * @memberof fairlead.dataplane.v1.Output
                 * @instance
                 */
                Output.prototype.tokens = $util.emptyArray;

                /**
                 * On the last of an attempt that reached its end.
                 * @member {fairlead.dataplane.v1.End.$Properties|null|undefined} end
                 * @memberof fairlead.dataplane.v1.Output
                 * @instance
                 */
                Output.prototype.end = null;

                /**
                 * Creates a new Output instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Output
                 * @static
                 * @param {fairlead.dataplane.v1.Output.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Output} Output instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Output.$Shape): fairlead.dataplane.v1.Output & fairlead.dataplane.v1.Output.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Output.$Properties): fairlead.dataplane.v1.Output;
                 * }}
                 */
                Output.create = function(properties) {
                    return new Output(properties);
                };

                /**
                 * Encodes the specified Output message. Does not implicitly {@link fairlead.dataplane.v1.Output.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Output
                 * @static
                 * @param {fairlead.dataplane.v1.Output.$Properties} message Output message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Output.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.firstIndex != null && $Object.hasOwnProperty.call(message, "firstIndex") && message.firstIndex !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.firstIndex);
                    if (message.tokens != null && message.tokens.length)
                        writer.uint32(/* id 2, wireType 2 =*/18).uint32s(message.tokens);
                    if (message.end != null && $Object.hasOwnProperty.call(message, "end"))
                        $root.fairlead.dataplane.v1.End.encode(message.end, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Output message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Output
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Output & fairlead.dataplane.v1.Output.$Shape} Output
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Output.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Output();
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
                                    message.firstIndex = value;
                                else
                                    delete message.firstIndex;
                                continue;
                            }
                        case 2: {
                                if (wireType === 2) {
                                    if (!(message.tokens && message.tokens.length))
                                        message.tokens = [];
                                    reader.uint32s(message.tokens);
                                    continue;
                                }
                                if (wireType !== 0)
                                    break;
                                if (!(message.tokens && message.tokens.length))
                                    message.tokens = [];
                                message.tokens.push(reader.uint32());
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.end = $root.fairlead.dataplane.v1.End.decode(reader, reader.size(), $undefined, _depth + 1, message.end);
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
                 * Gets the type url for Output
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Output
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Output.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Output";
                };

                return Output;
            })();

            v1.End = (function() {

                /**
                 * Properties of an End.
                 * @typedef {Object} fairlead.dataplane.v1.End.$Properties
                 * @property {fairlead.dataplane.v1.FinishReason|null} [reason] Why.
                 * @property {fairlead.dataplane.v1.Totals.$Properties|null} [totals] What it took.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an End.
                 * @memberof fairlead.dataplane.v1
                 * @interface IEnd
                 * @augments fairlead.dataplane.v1.End.$Properties
                 * @deprecated Use fairlead.dataplane.v1.End.$Properties instead.
                 */

                /**
                 * Shape of an End.
                 * @typedef {fairlead.dataplane.v1.End.$Properties} fairlead.dataplane.v1.End.$Shape
                 */

                /**
                 * Constructs a new End.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc An attempt reached its end.
                 * @constructor
                 * @param {fairlead.dataplane.v1.End.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const End = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Why.
                 * @member {fairlead.dataplane.v1.FinishReason} reason
                 * @memberof fairlead.dataplane.v1.End
                 * @instance
                 */
                End.prototype.reason = 0;

                /**
                 * What it took.
                 * @member {fairlead.dataplane.v1.Totals.$Properties|null|undefined} totals
                 * @memberof fairlead.dataplane.v1.End
                 * @instance
                 */
                End.prototype.totals = null;

                /**
                 * Creates a new End instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.End
                 * @static
                 * @param {fairlead.dataplane.v1.End.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.End} End instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.End.$Shape): fairlead.dataplane.v1.End & fairlead.dataplane.v1.End.$Shape;
                 *   (properties?: fairlead.dataplane.v1.End.$Properties): fairlead.dataplane.v1.End;
                 * }}
                 */
                End.create = function(properties) {
                    return new End(properties);
                };

                /**
                 * Encodes the specified End message. Does not implicitly {@link fairlead.dataplane.v1.End.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.End
                 * @static
                 * @param {fairlead.dataplane.v1.End.$Properties} message End message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                End.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.reason);
                    if (message.totals != null && $Object.hasOwnProperty.call(message, "totals"))
                        $root.fairlead.dataplane.v1.Totals.encode(message.totals, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an End message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.End
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.End & fairlead.dataplane.v1.End.$Shape} End
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                End.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.End();
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
                                    message.reason = value;
                                else
                                    delete message.reason;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.totals = $root.fairlead.dataplane.v1.Totals.decode(reader, reader.size(), $undefined, _depth + 1, message.totals);
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
                 * Gets the type url for End
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.End
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                End.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.End";
                };

                return End;
            })();

            /**
             * Why an output ended.
             * @name fairlead.dataplane.v1.FinishReason
             * @enum {number}
             * @property {number} FINISH_REASON_UNSPECIFIED=0 Not said: malformed.
             * @property {number} STOP=1 A natural end.
             * @property {number} LENGTH=2 As long as it may be.
             * @property {number} CANCELLED=3 The session wanted no more.
             */
            v1.FinishReason = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "FINISH_REASON_UNSPECIFIED"] = 0;
                values[valuesById[1] = "STOP"] = 1;
                values[valuesById[2] = "LENGTH"] = 2;
                values[valuesById[3] = "CANCELLED"] = 3;
                return values;
            })();

            v1.Totals = (function() {

                /**
                 * Properties of a Totals.
                 * @typedef {Object} fairlead.dataplane.v1.Totals.$Properties
                 * @property {number|null} [prefillTokens] Prompt tokens computed.
                 * @property {number|null} [cachedTokens] Prompt tokens found in the prefix cache.
                 * @property {number|null} [outputTokens] Output tokens produced.
                 * @property {number|null} [kvBlockMs] KV blocks held x milliseconds.
                 * @property {number|null} [gpuUs] Its share of the steps it was in, microseconds x GPUs.
                 * @property {number|null} [prefillMs] Time in prefill.
                 * @property {number|null} [decodeMs] Time in decode.
                 * @property {number|null} [preemptions] How often its blocks were taken.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Totals.
                 * @memberof fairlead.dataplane.v1
                 * @interface ITotals
                 * @augments fairlead.dataplane.v1.Totals.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Totals.$Properties instead.
                 */

                /**
                 * Shape of a Totals.
                 * @typedef {fairlead.dataplane.v1.Totals.$Properties} fairlead.dataplane.v1.Totals.$Shape
                 */

                /**
                 * Constructs a new Totals.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc Executed for one attempt so far; every field only grows.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Totals.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Totals = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Prompt tokens computed.
                 * @member {number} prefillTokens
                 * @memberof fairlead.dataplane.v1.Totals
                 * @instance
                 */
                Totals.prototype.prefillTokens = 0;

                /**
                 * Prompt tokens found in the prefix cache.
                 * @member {number} cachedTokens
                 * @memberof fairlead.dataplane.v1.Totals
                 * @instance
                 */
                Totals.prototype.cachedTokens = 0;

                /**
                 * Output tokens produced.
                 * @member {number} outputTokens
                 * @memberof fairlead.dataplane.v1.Totals
                 * @instance
                 */
                Totals.prototype.outputTokens = 0;

                /**
                 * KV blocks held x milliseconds.
                 * @member {number} kvBlockMs
                 * @memberof fairlead.dataplane.v1.Totals
                 * @instance
                 */
                Totals.prototype.kvBlockMs = 0;

                /**
                 * Its share of the steps it was in, microseconds x GPUs.
                 * @member {number} gpuUs
                 * @memberof fairlead.dataplane.v1.Totals
                 * @instance
                 */
                Totals.prototype.gpuUs = 0;

                /**
                 * Time in prefill.
                 * @member {number} prefillMs
                 * @memberof fairlead.dataplane.v1.Totals
                 * @instance
                 */
                Totals.prototype.prefillMs = 0;

                /**
                 * Time in decode.
                 * @member {number} decodeMs
                 * @memberof fairlead.dataplane.v1.Totals
                 * @instance
                 */
                Totals.prototype.decodeMs = 0;

                /**
                 * How often its blocks were taken.
                 * @member {number} preemptions
                 * @memberof fairlead.dataplane.v1.Totals
                 * @instance
                 */
                Totals.prototype.preemptions = 0;

                /**
                 * Creates a new Totals instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Totals
                 * @static
                 * @param {fairlead.dataplane.v1.Totals.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Totals} Totals instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Totals.$Shape): fairlead.dataplane.v1.Totals & fairlead.dataplane.v1.Totals.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Totals.$Properties): fairlead.dataplane.v1.Totals;
                 * }}
                 */
                Totals.create = function(properties) {
                    return new Totals(properties);
                };

                /**
                 * Encodes the specified Totals message. Does not implicitly {@link fairlead.dataplane.v1.Totals.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Totals
                 * @static
                 * @param {fairlead.dataplane.v1.Totals.$Properties} message Totals message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Totals.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.prefillTokens != null && $Object.hasOwnProperty.call(message, "prefillTokens") && message.prefillTokens !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.prefillTokens);
                    if (message.cachedTokens != null && $Object.hasOwnProperty.call(message, "cachedTokens") && message.cachedTokens !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.cachedTokens);
                    if (message.outputTokens != null && $Object.hasOwnProperty.call(message, "outputTokens") && message.outputTokens !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.outputTokens);
                    if (message.kvBlockMs != null && $Object.hasOwnProperty.call(message, "kvBlockMs") && !$Object.is(message.kvBlockMs, 0))
                        writer.uint32(/* id 4, wireType 1 =*/33).double(message.kvBlockMs);
                    if (message.gpuUs != null && $Object.hasOwnProperty.call(message, "gpuUs") && !$Object.is(message.gpuUs, 0))
                        writer.uint32(/* id 5, wireType 1 =*/41).double(message.gpuUs);
                    if (message.prefillMs != null && $Object.hasOwnProperty.call(message, "prefillMs") && !$Object.is(message.prefillMs, 0))
                        writer.uint32(/* id 6, wireType 1 =*/49).double(message.prefillMs);
                    if (message.decodeMs != null && $Object.hasOwnProperty.call(message, "decodeMs") && !$Object.is(message.decodeMs, 0))
                        writer.uint32(/* id 7, wireType 1 =*/57).double(message.decodeMs);
                    if (message.preemptions != null && $Object.hasOwnProperty.call(message, "preemptions") && message.preemptions !== 0)
                        writer.uint32(/* id 8, wireType 0 =*/64).uint32(message.preemptions);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Totals message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Totals
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Totals & fairlead.dataplane.v1.Totals.$Shape} Totals
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Totals.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Totals();
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
                                    message.prefillTokens = value;
                                else
                                    delete message.prefillTokens;
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
                        case 4: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.kvBlockMs = value;
                                else
                                    delete message.kvBlockMs;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.gpuUs = value;
                                else
                                    delete message.gpuUs;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.prefillMs = value;
                                else
                                    delete message.prefillMs;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.decodeMs = value;
                                else
                                    delete message.decodeMs;
                                continue;
                            }
                        case 8: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.preemptions = value;
                                else
                                    delete message.preemptions;
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
                 * Gets the type url for Totals
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Totals
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Totals.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Totals";
                };

                return Totals;
            })();

            v1.Started = (function() {

                /**
                 * Properties of a Started.
                 * @typedef {Object} fairlead.dataplane.v1.Started.$Properties
                 * @property {number|null} [incarnation] The life of the worker that runs it.
                 * @property {string|null} [workerType] What computes it.
                 * @property {string|null} [zone] Where it is computed.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Started.
                 * @memberof fairlead.dataplane.v1
                 * @interface IStarted
                 * @augments fairlead.dataplane.v1.Started.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Started.$Properties instead.
                 */

                /**
                 * Shape of a Started.
                 * @typedef {fairlead.dataplane.v1.Started.$Properties} fairlead.dataplane.v1.Started.$Shape
                 */

                /**
                 * Constructs a new Started.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc The start was accepted.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Started.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Started = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * The life of the worker that runs it.
                 * @member {number} incarnation
                 * @memberof fairlead.dataplane.v1.Started
                 * @instance
                 */
                Started.prototype.incarnation = 0;

                /**
                 * What computes it.
                 * @member {string} workerType
                 * @memberof fairlead.dataplane.v1.Started
                 * @instance
                 */
                Started.prototype.workerType = "";

                /**
                 * Where it is computed.
                 * @member {string} zone
                 * @memberof fairlead.dataplane.v1.Started
                 * @instance
                 */
                Started.prototype.zone = "";

                /**
                 * Creates a new Started instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Started
                 * @static
                 * @param {fairlead.dataplane.v1.Started.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Started} Started instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Started.$Shape): fairlead.dataplane.v1.Started & fairlead.dataplane.v1.Started.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Started.$Properties): fairlead.dataplane.v1.Started;
                 * }}
                 */
                Started.create = function(properties) {
                    return new Started(properties);
                };

                /**
                 * Encodes the specified Started message. Does not implicitly {@link fairlead.dataplane.v1.Started.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Started
                 * @static
                 * @param {fairlead.dataplane.v1.Started.$Properties} message Started message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Started.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && !$Object.is(message.incarnation, 0))
                        writer.uint32(/* id 1, wireType 1 =*/9).double(message.incarnation);
                    if (message.workerType != null && $Object.hasOwnProperty.call(message, "workerType") && message.workerType !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.workerType);
                    if (message.zone != null && $Object.hasOwnProperty.call(message, "zone") && message.zone !== "")
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.zone);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Started message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Started
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Started & fairlead.dataplane.v1.Started.$Shape} Started
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Started.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Started();
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
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.incarnation = value;
                                else
                                    delete message.incarnation;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.workerType = value;
                                else
                                    delete message.workerType;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.zone = value;
                                else
                                    delete message.zone;
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
                 * Gets the type url for Started
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Started
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Started.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Started";
                };

                return Started;
            })();

            v1.Attached = (function() {

                /**
                 * Properties of an Attached.
                 * @typedef {Object} fairlead.dataplane.v1.Attached.$Properties
                 * @property {fairlead.dataplane.v1.Start.$Properties|null} [start] As it was started, without its prefix; without its prompt if the worker does not keep it.
                 * @property {string|null} [workerType] What computes it.
                 * @property {boolean|null} [isOver] It reached its end.
                 * @property {string|null} [zone] Where it is computed.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Attached.
                 * @memberof fairlead.dataplane.v1
                 * @interface IAttached
                 * @augments fairlead.dataplane.v1.Attached.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Attached.$Properties instead.
                 */

                /**
                 * Shape of an Attached.
                 * @typedef {fairlead.dataplane.v1.Attached.$Properties} fairlead.dataplane.v1.Attached.$Shape
                 */

                /**
                 * Constructs a new Attached.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc The attempt is this session's now; its tokens follow.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Attached.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Attached = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * As it was started, without its prefix; without its prompt if the worker does not keep it.
                 * @member {fairlead.dataplane.v1.Start.$Properties|null|undefined} start
                 * @memberof fairlead.dataplane.v1.Attached
                 * @instance
                 */
                Attached.prototype.start = null;

                /**
                 * What computes it.
                 * @member {string} workerType
                 * @memberof fairlead.dataplane.v1.Attached
                 * @instance
                 */
                Attached.prototype.workerType = "";

                /**
                 * It reached its end.
                 * @member {boolean} isOver
                 * @memberof fairlead.dataplane.v1.Attached
                 * @instance
                 */
                Attached.prototype.isOver = false;

                /**
                 * Where it is computed.
                 * @member {string} zone
                 * @memberof fairlead.dataplane.v1.Attached
                 * @instance
                 */
                Attached.prototype.zone = "";

                /**
                 * Creates a new Attached instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Attached
                 * @static
                 * @param {fairlead.dataplane.v1.Attached.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Attached} Attached instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Attached.$Shape): fairlead.dataplane.v1.Attached & fairlead.dataplane.v1.Attached.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Attached.$Properties): fairlead.dataplane.v1.Attached;
                 * }}
                 */
                Attached.create = function(properties) {
                    return new Attached(properties);
                };

                /**
                 * Encodes the specified Attached message. Does not implicitly {@link fairlead.dataplane.v1.Attached.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Attached
                 * @static
                 * @param {fairlead.dataplane.v1.Attached.$Properties} message Attached message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Attached.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.start != null && $Object.hasOwnProperty.call(message, "start"))
                        $root.fairlead.dataplane.v1.Start.encode(message.start, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.workerType != null && $Object.hasOwnProperty.call(message, "workerType") && message.workerType !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.workerType);
                    if (message.isOver != null && $Object.hasOwnProperty.call(message, "isOver") && message.isOver !== false)
                        writer.uint32(/* id 3, wireType 0 =*/24).bool(message.isOver);
                    if (message.zone != null && $Object.hasOwnProperty.call(message, "zone") && message.zone !== "")
                        writer.uint32(/* id 4, wireType 2 =*/34).string(message.zone);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Attached message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Attached
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Attached & fairlead.dataplane.v1.Attached.$Shape} Attached
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Attached.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Attached();
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
                                message.start = $root.fairlead.dataplane.v1.Start.decode(reader, reader.size(), $undefined, _depth + 1, message.start);
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.workerType = value;
                                else
                                    delete message.workerType;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.bool())
                                    message.isOver = value;
                                else
                                    delete message.isOver;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.zone = value;
                                else
                                    delete message.zone;
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
                 * Gets the type url for Attached
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Attached
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Attached.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Attached";
                };

                return Attached;
            })();

            v1.AttachRefused = (function() {

                /**
                 * Properties of an AttachRefused.
                 * @typedef {Object} fairlead.dataplane.v1.AttachRefused.$Properties
                 * @property {fairlead.dataplane.v1.AttachRefusedReason|null} [reason] Why.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an AttachRefused.
                 * @memberof fairlead.dataplane.v1
                 * @interface IAttachRefused
                 * @augments fairlead.dataplane.v1.AttachRefused.$Properties
                 * @deprecated Use fairlead.dataplane.v1.AttachRefused.$Properties instead.
                 */

                /**
                 * Shape of an AttachRefused.
                 * @typedef {fairlead.dataplane.v1.AttachRefused.$Properties} fairlead.dataplane.v1.AttachRefused.$Shape
                 */

                /**
                 * Constructs a new AttachRefused.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc The attempt is not handed over.
                 * @constructor
                 * @param {fairlead.dataplane.v1.AttachRefused.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const AttachRefused = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Why.
                 * @member {fairlead.dataplane.v1.AttachRefusedReason} reason
                 * @memberof fairlead.dataplane.v1.AttachRefused
                 * @instance
                 */
                AttachRefused.prototype.reason = 0;

                /**
                 * Creates a new AttachRefused instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.AttachRefused
                 * @static
                 * @param {fairlead.dataplane.v1.AttachRefused.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.AttachRefused} AttachRefused instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.AttachRefused.$Shape): fairlead.dataplane.v1.AttachRefused & fairlead.dataplane.v1.AttachRefused.$Shape;
                 *   (properties?: fairlead.dataplane.v1.AttachRefused.$Properties): fairlead.dataplane.v1.AttachRefused;
                 * }}
                 */
                AttachRefused.create = function(properties) {
                    return new AttachRefused(properties);
                };

                /**
                 * Encodes the specified AttachRefused message. Does not implicitly {@link fairlead.dataplane.v1.AttachRefused.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.AttachRefused
                 * @static
                 * @param {fairlead.dataplane.v1.AttachRefused.$Properties} message AttachRefused message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                AttachRefused.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.reason);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an AttachRefused message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.AttachRefused
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.AttachRefused & fairlead.dataplane.v1.AttachRefused.$Shape} AttachRefused
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                AttachRefused.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.AttachRefused();
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
                                    message.reason = value;
                                else
                                    delete message.reason;
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
                 * Gets the type url for AttachRefused
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.AttachRefused
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                AttachRefused.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.AttachRefused";
                };

                return AttachRefused;
            })();

            /**
             * Why an attempt was not handed over.
             * @name fairlead.dataplane.v1.AttachRefusedReason
             * @enum {number}
             * @property {number} ATTACH_REFUSED_REASON_UNSPECIFIED=0 Not said: malformed.
             * @property {number} GONE=1 The worker keeps nothing of it.
             * @property {number} BEYOND_OUTPUT=2 The client claims more than there is.
             * @property {number} OTHER_MODEL=3 The client's key does not allow what it was asked of.
             */
            v1.AttachRefusedReason = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "ATTACH_REFUSED_REASON_UNSPECIFIED"] = 0;
                values[valuesById[1] = "GONE"] = 1;
                values[valuesById[2] = "BEYOND_OUTPUT"] = 2;
                values[valuesById[3] = "OTHER_MODEL"] = 3;
                return values;
            })();

            v1.Detached = (function() {

                /**
                 * Properties of a Detached.
                 * @typedef {Object} fairlead.dataplane.v1.Detached.$Properties
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Detached.
                 * @memberof fairlead.dataplane.v1
                 * @interface IDetached
                 * @augments fairlead.dataplane.v1.Detached.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Detached.$Properties instead.
                 */

                /**
                 * Shape of a Detached.
                 * @typedef {fairlead.dataplane.v1.Detached.$Properties} fairlead.dataplane.v1.Detached.$Shape
                 */

                /**
                 * Constructs a new Detached.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc Another session has taken the attempt over: this one is told no more of it, and not obeyed.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Detached.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Detached = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Creates a new Detached instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Detached
                 * @static
                 * @param {fairlead.dataplane.v1.Detached.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Detached} Detached instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Detached.$Shape): fairlead.dataplane.v1.Detached & fairlead.dataplane.v1.Detached.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Detached.$Properties): fairlead.dataplane.v1.Detached;
                 * }}
                 */
                Detached.create = function(properties) {
                    return new Detached(properties);
                };

                /**
                 * Encodes the specified Detached message. Does not implicitly {@link fairlead.dataplane.v1.Detached.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Detached
                 * @static
                 * @param {fairlead.dataplane.v1.Detached.$Properties} message Detached message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Detached.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Detached message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Detached
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Detached & fairlead.dataplane.v1.Detached.$Shape} Detached
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Detached.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Detached();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        reader.skipType(tag & 7, _depth, tag);
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
                 * Gets the type url for Detached
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Detached
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Detached.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Detached";
                };

                return Detached;
            })();

            v1.StartRefused = (function() {

                /**
                 * Properties of a StartRefused.
                 * @typedef {Object} fairlead.dataplane.v1.StartRefused.$Properties
                 * @property {fairlead.dataplane.v1.StartRefusedReason|null} [reason] Why.
                 * @property {boolean|null} [retryable] The next attempt may succeed.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a StartRefused.
                 * @memberof fairlead.dataplane.v1
                 * @interface IStartRefused
                 * @augments fairlead.dataplane.v1.StartRefused.$Properties
                 * @deprecated Use fairlead.dataplane.v1.StartRefused.$Properties instead.
                 */

                /**
                 * Shape of a StartRefused.
                 * @typedef {fairlead.dataplane.v1.StartRefused.$Properties} fairlead.dataplane.v1.StartRefused.$Shape
                 */

                /**
                 * Constructs a new StartRefused.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc The worker will not start this attempt.
                 * @constructor
                 * @param {fairlead.dataplane.v1.StartRefused.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const StartRefused = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Why.
                 * @member {fairlead.dataplane.v1.StartRefusedReason} reason
                 * @memberof fairlead.dataplane.v1.StartRefused
                 * @instance
                 */
                StartRefused.prototype.reason = 0;

                /**
                 * The next attempt may succeed.
                 * @member {boolean} retryable
                 * @memberof fairlead.dataplane.v1.StartRefused
                 * @instance
                 */
                StartRefused.prototype.retryable = false;

                /**
                 * Creates a new StartRefused instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.StartRefused
                 * @static
                 * @param {fairlead.dataplane.v1.StartRefused.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.StartRefused} StartRefused instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.StartRefused.$Shape): fairlead.dataplane.v1.StartRefused & fairlead.dataplane.v1.StartRefused.$Shape;
                 *   (properties?: fairlead.dataplane.v1.StartRefused.$Properties): fairlead.dataplane.v1.StartRefused;
                 * }}
                 */
                StartRefused.create = function(properties) {
                    return new StartRefused(properties);
                };

                /**
                 * Encodes the specified StartRefused message. Does not implicitly {@link fairlead.dataplane.v1.StartRefused.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.StartRefused
                 * @static
                 * @param {fairlead.dataplane.v1.StartRefused.$Properties} message StartRefused message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                StartRefused.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.reason);
                    if (message.retryable != null && $Object.hasOwnProperty.call(message, "retryable") && message.retryable !== false)
                        writer.uint32(/* id 2, wireType 0 =*/16).bool(message.retryable);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a StartRefused message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.StartRefused
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.StartRefused & fairlead.dataplane.v1.StartRefused.$Shape} StartRefused
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                StartRefused.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.StartRefused();
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
                                    message.reason = value;
                                else
                                    delete message.reason;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.bool())
                                    message.retryable = value;
                                else
                                    delete message.retryable;
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
                 * Gets the type url for StartRefused
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.StartRefused
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                StartRefused.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.StartRefused";
                };

                return StartRefused;
            })();

            /**
             * Why an attempt was not started.
             * @name fairlead.dataplane.v1.StartRefusedReason
             * @enum {number}
             * @property {number} START_REFUSED_REASON_UNSPECIFIED=0 Not said: malformed.
             * @property {number} STALE_EPOCH=1 Its owner was replaced.
             * @property {number} STALE_INCARNATION=2 Meant for another life of this worker.
             * @property {number} STALE_ATTEMPT=3 A later attempt is known.
             * @property {number} VOIDED=4 The router took it back.
             * @property {number} NO_CAPACITY=5 No room.
             * @property {number} DRAINING=6 No new work here.
             * @property {number} ADAPTER_MISSING=7 The adapter is not loaded.
             * @property {number} ADAPTER_FORBIDDEN=8 The tenant may not use it.
             * @property {number} NOT_PLACED=9 The worker is not registered.
             * @property {number} NOT_REPLAYABLE=10 The engine would not say the same again.
             * @property {number} OUTSIDE_RESIDENCY=11 It may not run in this worker's zone.
             */
            v1.StartRefusedReason = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "START_REFUSED_REASON_UNSPECIFIED"] = 0;
                values[valuesById[1] = "STALE_EPOCH"] = 1;
                values[valuesById[2] = "STALE_INCARNATION"] = 2;
                values[valuesById[3] = "STALE_ATTEMPT"] = 3;
                values[valuesById[4] = "VOIDED"] = 4;
                values[valuesById[5] = "NO_CAPACITY"] = 5;
                values[valuesById[6] = "DRAINING"] = 6;
                values[valuesById[7] = "ADAPTER_MISSING"] = 7;
                values[valuesById[8] = "ADAPTER_FORBIDDEN"] = 8;
                values[valuesById[9] = "NOT_PLACED"] = 9;
                values[valuesById[10] = "NOT_REPLAYABLE"] = 10;
                values[valuesById[11] = "OUTSIDE_RESIDENCY"] = 11;
                return values;
            })();

            v1.Alive = (function() {

                /**
                 * Properties of an Alive.
                 * @typedef {Object} fairlead.dataplane.v1.Alive.$Properties
                 * @property {number|null} [outputTokens] Output tokens so far, over all attempts.
                 * @property {boolean|null} [isEngineSilent] The worker's engine says nothing at all, though it is asked.
                 * @property {fairlead.dataplane.v1.Totals.$Properties|null} [totals] What it has had so far: should its worker die, its bill knows of it. Absent: of a worker that does not say.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Alive.
                 * @memberof fairlead.dataplane.v1
                 * @interface IAlive
                 * @augments fairlead.dataplane.v1.Alive.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Alive.$Properties instead.
                 */

                /**
                 * Shape of an Alive.
                 * @typedef {fairlead.dataplane.v1.Alive.$Properties} fairlead.dataplane.v1.Alive.$Shape
                 */

                /**
                 * Constructs a new Alive.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc The sequence lives though it is silent.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Alive.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Alive = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Output tokens so far, over all attempts.
                 * @member {number} outputTokens
                 * @memberof fairlead.dataplane.v1.Alive
                 * @instance
                 */
                Alive.prototype.outputTokens = 0;

                /**
                 * The worker's engine says nothing at all, though it is asked.
                 * @member {boolean} isEngineSilent
                 * @memberof fairlead.dataplane.v1.Alive
                 * @instance
                 */
                Alive.prototype.isEngineSilent = false;

                /**
                 * What it has had so far: should its worker die, its bill knows of it. Absent: of a worker that does not say.
                 * @member {fairlead.dataplane.v1.Totals.$Properties|null|undefined} totals
                 * @memberof fairlead.dataplane.v1.Alive
                 * @instance
                 */
                Alive.prototype.totals = null;

                /**
                 * Creates a new Alive instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Alive
                 * @static
                 * @param {fairlead.dataplane.v1.Alive.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Alive} Alive instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Alive.$Shape): fairlead.dataplane.v1.Alive & fairlead.dataplane.v1.Alive.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Alive.$Properties): fairlead.dataplane.v1.Alive;
                 * }}
                 */
                Alive.create = function(properties) {
                    return new Alive(properties);
                };

                /**
                 * Encodes the specified Alive message. Does not implicitly {@link fairlead.dataplane.v1.Alive.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Alive
                 * @static
                 * @param {fairlead.dataplane.v1.Alive.$Properties} message Alive message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Alive.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.outputTokens != null && $Object.hasOwnProperty.call(message, "outputTokens") && message.outputTokens !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.outputTokens);
                    if (message.isEngineSilent != null && $Object.hasOwnProperty.call(message, "isEngineSilent") && message.isEngineSilent !== false)
                        writer.uint32(/* id 2, wireType 0 =*/16).bool(message.isEngineSilent);
                    if (message.totals != null && $Object.hasOwnProperty.call(message, "totals"))
                        $root.fairlead.dataplane.v1.Totals.encode(message.totals, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Alive message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Alive
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Alive & fairlead.dataplane.v1.Alive.$Shape} Alive
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Alive.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Alive();
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
                                    message.outputTokens = value;
                                else
                                    delete message.outputTokens;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.bool())
                                    message.isEngineSilent = value;
                                else
                                    delete message.isEngineSilent;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.totals = $root.fairlead.dataplane.v1.Totals.decode(reader, reader.size(), $undefined, _depth + 1, message.totals);
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
                 * Gets the type url for Alive
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Alive
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Alive.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Alive";
                };

                return Alive;
            })();

            v1.Returned = (function() {

                /**
                 * Properties of a Returned.
                 * @typedef {Object} fairlead.dataplane.v1.Returned.$Properties
                 * @property {fairlead.dataplane.v1.ReturnedReason|null} [reason] Why.
                 * @property {fairlead.dataplane.v1.Totals.$Properties|null} [totals] What it took.
                 * @property {fairlead.dataplane.v1.Crash.$Properties|null} [crash] When its engine crashed.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Returned.
                 * @memberof fairlead.dataplane.v1
                 * @interface IReturned
                 * @augments fairlead.dataplane.v1.Returned.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Returned.$Properties instead.
                 */

                /**
                 * Shape of a Returned.
                 * @typedef {fairlead.dataplane.v1.Returned.$Properties} fairlead.dataplane.v1.Returned.$Shape
                 */

                /**
                 * Constructs a new Returned.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc The worker gives the sequence up: ask for the next attempt.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Returned.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Returned = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Why.
                 * @member {fairlead.dataplane.v1.ReturnedReason} reason
                 * @memberof fairlead.dataplane.v1.Returned
                 * @instance
                 */
                Returned.prototype.reason = 0;

                /**
                 * What it took.
                 * @member {fairlead.dataplane.v1.Totals.$Properties|null|undefined} totals
                 * @memberof fairlead.dataplane.v1.Returned
                 * @instance
                 */
                Returned.prototype.totals = null;

                /**
                 * When its engine crashed.
                 * @member {fairlead.dataplane.v1.Crash.$Properties|null|undefined} crash
                 * @memberof fairlead.dataplane.v1.Returned
                 * @instance
                 */
                Returned.prototype.crash = null;

                /**
                 * Creates a new Returned instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Returned
                 * @static
                 * @param {fairlead.dataplane.v1.Returned.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Returned} Returned instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Returned.$Shape): fairlead.dataplane.v1.Returned & fairlead.dataplane.v1.Returned.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Returned.$Properties): fairlead.dataplane.v1.Returned;
                 * }}
                 */
                Returned.create = function(properties) {
                    return new Returned(properties);
                };

                /**
                 * Encodes the specified Returned message. Does not implicitly {@link fairlead.dataplane.v1.Returned.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Returned
                 * @static
                 * @param {fairlead.dataplane.v1.Returned.$Properties} message Returned message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Returned.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.reason);
                    if (message.totals != null && $Object.hasOwnProperty.call(message, "totals"))
                        $root.fairlead.dataplane.v1.Totals.encode(message.totals, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.crash != null && $Object.hasOwnProperty.call(message, "crash"))
                        $root.fairlead.dataplane.v1.Crash.encode(message.crash, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Returned message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Returned
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Returned & fairlead.dataplane.v1.Returned.$Shape} Returned
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Returned.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Returned();
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
                                    message.reason = value;
                                else
                                    delete message.reason;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.totals = $root.fairlead.dataplane.v1.Totals.decode(reader, reader.size(), $undefined, _depth + 1, message.totals);
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.crash = $root.fairlead.dataplane.v1.Crash.decode(reader, reader.size(), $undefined, _depth + 1, message.crash);
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
                 * Gets the type url for Returned
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Returned
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Returned.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Returned";
                };

                return Returned;
            })();

            v1.Crash = (function() {

                /**
                 * Properties of a Crash.
                 * @typedef {Object} fairlead.dataplane.v1.Crash.$Properties
                 * @property {boolean|null} [isAlone] And with nothing else.
                 * @property {number|null} [outputIndex] The output token that was due.
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Crash.
                 * @memberof fairlead.dataplane.v1
                 * @interface ICrash
                 * @augments fairlead.dataplane.v1.Crash.$Properties
                 * @deprecated Use fairlead.dataplane.v1.Crash.$Properties instead.
                 */

                /**
                 * Shape of a Crash.
                 * @typedef {fairlead.dataplane.v1.Crash.$Properties} fairlead.dataplane.v1.Crash.$Shape
                 */

                /**
                 * Constructs a new Crash.
                 * @memberof fairlead.dataplane.v1
                 * @classdesc An engine died with this in flight.
                 * @constructor
                 * @param {fairlead.dataplane.v1.Crash.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Crash = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * And with nothing else.
                 * @member {boolean} isAlone
                 * @memberof fairlead.dataplane.v1.Crash
                 * @instance
                 */
                Crash.prototype.isAlone = false;

                /**
                 * The output token that was due.
                 * @member {number} outputIndex
                 * @memberof fairlead.dataplane.v1.Crash
                 * @instance
                 */
                Crash.prototype.outputIndex = 0;

                /**
                 * Creates a new Crash instance using the specified properties.
                 * @function create
                 * @memberof fairlead.dataplane.v1.Crash
                 * @static
                 * @param {fairlead.dataplane.v1.Crash.$Properties=} [properties] Properties to set
                 * @returns {fairlead.dataplane.v1.Crash} Crash instance
                 * @type {{
                 *   (properties: fairlead.dataplane.v1.Crash.$Shape): fairlead.dataplane.v1.Crash & fairlead.dataplane.v1.Crash.$Shape;
                 *   (properties?: fairlead.dataplane.v1.Crash.$Properties): fairlead.dataplane.v1.Crash;
                 * }}
                 */
                Crash.create = function(properties) {
                    return new Crash(properties);
                };

                /**
                 * Encodes the specified Crash message. Does not implicitly {@link fairlead.dataplane.v1.Crash.verify|verify} messages.
                 * @function encode
                 * @memberof fairlead.dataplane.v1.Crash
                 * @static
                 * @param {fairlead.dataplane.v1.Crash.$Properties} message Crash message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Crash.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.isAlone != null && $Object.hasOwnProperty.call(message, "isAlone") && message.isAlone !== false)
                        writer.uint32(/* id 1, wireType 0 =*/8).bool(message.isAlone);
                    if (message.outputIndex != null && $Object.hasOwnProperty.call(message, "outputIndex") && message.outputIndex !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.outputIndex);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Crash message from the specified reader or buffer.
                 * @function decode
                 * @memberof fairlead.dataplane.v1.Crash
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Crash & fairlead.dataplane.v1.Crash.$Shape} Crash
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Crash.decode = function (reader, length, _end, _depth, _target) {
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
                    message = _target || new $root.fairlead.dataplane.v1.Crash();
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
                                if (value = reader.bool())
                                    message.isAlone = value;
                                else
                                    delete message.isAlone;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.outputIndex = value;
                                else
                                    delete message.outputIndex;
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
                 * Gets the type url for Crash
                 * @function getTypeUrl
                 * @memberof fairlead.dataplane.v1.Crash
                 * @static
                 * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns {string} The type url
                 */
                Crash.getTypeUrl = function(prefix) {
                    if (prefix === $undefined)
                        prefix = "type.googleapis.com";
                    return prefix + "/fairlead.dataplane.v1.Crash";
                };

                return Crash;
            })();

            /**
             * Why a sequence was given up.
             * @name fairlead.dataplane.v1.ReturnedReason
             * @enum {number}
             * @property {number} RETURNED_REASON_UNSPECIFIED=0 Not said: malformed.
             * @property {number} RETURNED_PREEMPTED=1 Its blocks were taken for too long.
             * @property {number} RETURNED_DRAINING=2 The worker drains.
             * @property {number} RETURNED_ENGINE_LOST=3 Its engine lost it.
             * @property {number} RETURNED_ADAPTER_LOST=4 Its adapter is gone.
             * @property {number} RETURNED_VOIDED=5 The router took it back.
             * @property {number} RETURNED_ENGINE_CRASHED=6 Its engine died, with everything in flight.
             */
            v1.ReturnedReason = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "RETURNED_REASON_UNSPECIFIED"] = 0;
                values[valuesById[1] = "RETURNED_PREEMPTED"] = 1;
                values[valuesById[2] = "RETURNED_DRAINING"] = 2;
                values[valuesById[3] = "RETURNED_ENGINE_LOST"] = 3;
                values[valuesById[4] = "RETURNED_ADAPTER_LOST"] = 4;
                values[valuesById[5] = "RETURNED_VOIDED"] = 5;
                values[valuesById[6] = "RETURNED_ENGINE_CRASHED"] = 6;
                return values;
            })();

            return v1;
        })();

        return dataplane;
    })();

    return fairlead;
})();

export {
  $root as default
};
