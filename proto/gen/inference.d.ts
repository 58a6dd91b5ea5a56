import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace fairlead. */
export namespace fairlead {

    /** Namespace inference. */
    namespace inference {

        /** Namespace v1. */
        namespace v1 {

            /**
             * Generates text. Credentials travel as metadata `authorization: Bearer KEY`; nothing in a message says who is asking.
             * Every answer carries the metadata `x-request-id`, and `x-ratelimit-*` if its key is known. A refusal is a gRPC status with
             * trailing metadata `fairlead-code` (the refusal's name), `fairlead-param` (the field at fault) and `retry-after-ms` (when trying again can help).
             * What answers is told in the leading metadata `x-fairlead-model`, as `model@version` and `:digest` of an adapter; that it is on its way out, in
             * trailing metadata `deprecation`, `sunset` and `link`, as HTTP's headers of these names have it.
             * Cancelling the call cancels the generation. A call's deadline is kept by the service too.
             *
             * Metadata `idempotency-key` (1 to 255 visible ASCII characters) names a request: it runs once. The same again under the same key gets what it brought,
             * or ABORTED with `idempotency_key_in_use` and `retry-after-ms` while it runs; with metadata `last-event-id` (the `index` of the last delta), a
             * `GenerateStream` goes on behind that delta, and runs again if nobody keeps its output.
             */
            class Inference extends $protobuf.rpc.Service {

                /**
                 * Constructs a new Inference service.
                 * @param rpcImpl RPC implementation
                 * @param [requestDelimited=false] Whether requests are length-delimited
                 * @param [responseDelimited=false] Whether responses are length-delimited
                 */
                constructor(rpcImpl: $protobuf.RPCImpl, requestDelimited?: boolean, responseDelimited?: boolean);

                /**
                 * Creates new Inference service using the specified rpc implementation.
                 * @param rpcImpl RPC implementation
                 * @param [requestDelimited=false] Whether requests are length-delimited
                 * @param [responseDelimited=false] Whether responses are length-delimited
                 * @returns RPC service. Useful where requests and/or responses are streamed.
                 */
                static create(rpcImpl: $protobuf.RPCImpl, requestDelimited?: boolean, responseDelimited?: boolean): Inference;

                /** Answers once, with the whole output. */
                generate: fairlead.inference.v1.Inference.Generate;

                /** Answers piece by piece: any number of `delta`, then exactly one `completed`. A stream without `completed` is not whole. */
                generateStream: fairlead.inference.v1.Inference.GenerateStream;

                /** Goes on with a stream that was lost, behind the last delta that was read, through whatever door it began; for half a minute. One reader at a time. */
                resume: fairlead.inference.v1.Inference.Resume;
            }

            namespace Inference {

                /**
                 * Callback as used by {@link fairlead.inference.v1.Inference#generate}.
                 * @param error Error, if any
                 * @param [response] GenerateResponse
                 */
                type GenerateCallback = (error: (Error|null), response?: fairlead.inference.v1.GenerateResponse) => void;

                /** Answers once, with the whole output. */
                type Generate = {
                  (request: fairlead.inference.v1.IGenerateRequest, callback: fairlead.inference.v1.Inference.GenerateCallback): void;
                  (request: fairlead.inference.v1.IGenerateRequest): Promise<fairlead.inference.v1.GenerateResponse>;
                  readonly name: "Generate";
                  readonly path: "/fairlead.inference.v1.Inference/Generate";
                  readonly requestType: "GenerateRequest";
                  readonly responseType: "GenerateResponse";
                  readonly requestStream: undefined;
                  readonly responseStream: undefined;
                };

                /**
                 * Callback as used by {@link fairlead.inference.v1.Inference#generateStream}.
                 * @param error Error, if any
                 * @param [response] GenerateEvent
                 */
                type GenerateStreamCallback = (error: (Error|null), response?: fairlead.inference.v1.GenerateEvent) => void;

                /** Answers piece by piece: any number of `delta`, then exactly one `completed`. A stream without `completed` is not whole. */
                type GenerateStream = {
                  (request: fairlead.inference.v1.IGenerateRequest, callback: fairlead.inference.v1.Inference.GenerateStreamCallback): void;
                  (request: fairlead.inference.v1.IGenerateRequest): Promise<fairlead.inference.v1.GenerateEvent>;
                  readonly name: "GenerateStream";
                  readonly path: "/fairlead.inference.v1.Inference/GenerateStream";
                  readonly requestType: "GenerateRequest";
                  readonly responseType: "GenerateEvent";
                  readonly requestStream: undefined;
                  readonly responseStream: true;
                };

                /**
                 * Callback as used by {@link fairlead.inference.v1.Inference#resume}.
                 * @param error Error, if any
                 * @param [response] GenerateEvent
                 */
                type ResumeCallback = (error: (Error|null), response?: fairlead.inference.v1.GenerateEvent) => void;

                /** Goes on with a stream that was lost, behind the last delta that was read, through whatever door it began; for half a minute. One reader at a time. */
                type Resume = {
                  (request: fairlead.inference.v1.IResumeRequest, callback: fairlead.inference.v1.Inference.ResumeCallback): void;
                  (request: fairlead.inference.v1.IResumeRequest): Promise<fairlead.inference.v1.GenerateEvent>;
                  readonly name: "Resume";
                  readonly path: "/fairlead.inference.v1.Inference/Resume";
                  readonly requestType: "ResumeRequest";
                  readonly responseType: "GenerateEvent";
                  readonly requestStream: undefined;
                  readonly responseStream: true;
                };
            }

            /**
             * Properties of a ResumeRequest.
             * @deprecated Use fairlead.inference.v1.ResumeRequest.$Properties instead.
             */
            interface IResumeRequest extends fairlead.inference.v1.ResumeRequest.$Properties {
            }

            /** Which stream, and from where. */
            class ResumeRequest {

                /**
                 * Constructs a new ResumeRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.inference.v1.ResumeRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** As events and `x-request-id` name it. */
                requestId: string;

                /** The `index` of the last delta that was read. Absent: nothing was. */
                after?: (number|null);

                /**
                 * Creates a new ResumeRequest instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ResumeRequest instance
                 */
                static create(properties: fairlead.inference.v1.ResumeRequest.$Shape): fairlead.inference.v1.ResumeRequest & fairlead.inference.v1.ResumeRequest.$Shape;
                static create(properties?: fairlead.inference.v1.ResumeRequest.$Properties): fairlead.inference.v1.ResumeRequest;

                /**
                 * Encodes the specified ResumeRequest message. Does not implicitly {@link fairlead.inference.v1.ResumeRequest.verify|verify} messages.
                 * @param message ResumeRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.inference.v1.ResumeRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ResumeRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.ResumeRequest & fairlead.inference.v1.ResumeRequest.$Shape} ResumeRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.inference.v1.ResumeRequest & fairlead.inference.v1.ResumeRequest.$Shape;

                /**
                 * Gets the type url for ResumeRequest
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace ResumeRequest {

                /** Properties of a ResumeRequest. */
                interface $Properties {

                    /** As events and `x-request-id` name it. */
                    requestId?: (string|null);

                    /** The `index` of the last delta that was read. Absent: nothing was. */
                    after?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ResumeRequest. */
                type $Shape = fairlead.inference.v1.ResumeRequest.$Properties;
            }

            /**
             * Properties of a GenerateRequest.
             * @deprecated Use fairlead.inference.v1.GenerateRequest.$Properties instead.
             */
            interface IGenerateRequest extends fairlead.inference.v1.GenerateRequest.$Properties {
            }

            /** What to generate. */
            class GenerateRequest {

                /**
                 * Constructs a new GenerateRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.inference.v1.GenerateRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** A model's id, `id:adapter`, or an alias. */
                model: string;

                /** A conversation, put through the model's chat template. */
                chat?: (fairlead.inference.v1.ChatPrompt.$Properties|null);

                /** Plain text, taken as it is. Not empty. */
                prompt?: (string|null);

                /** How to generate. Absent: every default. */
                params?: (fairlead.inference.v1.GenerateParams.$Properties|null);

                /** What to continue. Exactly one must be set. */
                input?: ("chat"|"prompt");

                /**
                 * Creates a new GenerateRequest instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns GenerateRequest instance
                 */
                static create(properties: fairlead.inference.v1.GenerateRequest.$Shape): fairlead.inference.v1.GenerateRequest & fairlead.inference.v1.GenerateRequest.$Shape;
                static create(properties?: fairlead.inference.v1.GenerateRequest.$Properties): fairlead.inference.v1.GenerateRequest;

                /**
                 * Encodes the specified GenerateRequest message. Does not implicitly {@link fairlead.inference.v1.GenerateRequest.verify|verify} messages.
                 * @param message GenerateRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.inference.v1.GenerateRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a GenerateRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.GenerateRequest & fairlead.inference.v1.GenerateRequest.$Shape} GenerateRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.inference.v1.GenerateRequest & fairlead.inference.v1.GenerateRequest.$Shape;

                /**
                 * Gets the type url for GenerateRequest
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace GenerateRequest {

                /** Properties of a GenerateRequest. */
                interface $Properties {

                    /** A model's id, `id:adapter`, or an alias. */
                    model?: (string|null);

                    /** A conversation, put through the model's chat template. */
                    chat?: (fairlead.inference.v1.ChatPrompt.$Properties|null);

                    /** Plain text, taken as it is. Not empty. */
                    prompt?: (string|null);

                    /** How to generate. Absent: every default. */
                    params?: (fairlead.inference.v1.GenerateParams.$Properties|null);

                    /** What to continue. Exactly one must be set. */
                    input?: ("chat"|"prompt");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a GenerateRequest. */
                type $Shape = {
                  model?: string|null;
                  chat?: fairlead.inference.v1.ChatPrompt.$Shape|null;
                  prompt?: string|null;
                  params?: fairlead.inference.v1.GenerateParams.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ input?: undefined; chat?: null; prompt?: null }|{ input?: "chat"; chat: fairlead.inference.v1.ChatPrompt.$Shape; prompt?: null }|{ input?: "prompt"; chat?: null; prompt: string })
                );
            }

            /**
             * Properties of a ChatPrompt.
             * @deprecated Use fairlead.inference.v1.ChatPrompt.$Properties instead.
             */
            interface IChatPrompt extends fairlead.inference.v1.ChatPrompt.$Properties {
            }

            /** A conversation, oldest message first. */
            class ChatPrompt {

                /**
                 * Constructs a new ChatPrompt.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.inference.v1.ChatPrompt.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** At least one. */
                messages: fairlead.inference.v1.ChatMessage.$Properties[];

                /**
                 * Creates a new ChatPrompt instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ChatPrompt instance
                 */
                static create(properties: fairlead.inference.v1.ChatPrompt.$Shape): fairlead.inference.v1.ChatPrompt & fairlead.inference.v1.ChatPrompt.$Shape;
                static create(properties?: fairlead.inference.v1.ChatPrompt.$Properties): fairlead.inference.v1.ChatPrompt;

                /**
                 * Encodes the specified ChatPrompt message. Does not implicitly {@link fairlead.inference.v1.ChatPrompt.verify|verify} messages.
                 * @param message ChatPrompt message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.inference.v1.ChatPrompt.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ChatPrompt message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.ChatPrompt & fairlead.inference.v1.ChatPrompt.$Shape} ChatPrompt
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.inference.v1.ChatPrompt & fairlead.inference.v1.ChatPrompt.$Shape;

                /**
                 * Gets the type url for ChatPrompt
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace ChatPrompt {

                /** Properties of a ChatPrompt. */
                interface $Properties {

                    /** At least one. */
                    messages?: (fairlead.inference.v1.ChatMessage.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ChatPrompt. */
                type $Shape = fairlead.inference.v1.ChatPrompt.$Properties;
            }

            /**
             * Properties of a ChatMessage.
             * @deprecated Use fairlead.inference.v1.ChatMessage.$Properties instead.
             */
            interface IChatMessage extends fairlead.inference.v1.ChatMessage.$Properties {
            }

            /** One message of a conversation. */
            class ChatMessage {

                /**
                 * Constructs a new ChatMessage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.inference.v1.ChatMessage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** `system`, `developer`, `user`, `assistant` or `tool`. */
                role: string;

                /** Its text. */
                content: string;

                /**
                 * Creates a new ChatMessage instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ChatMessage instance
                 */
                static create(properties: fairlead.inference.v1.ChatMessage.$Shape): fairlead.inference.v1.ChatMessage & fairlead.inference.v1.ChatMessage.$Shape;
                static create(properties?: fairlead.inference.v1.ChatMessage.$Properties): fairlead.inference.v1.ChatMessage;

                /**
                 * Encodes the specified ChatMessage message. Does not implicitly {@link fairlead.inference.v1.ChatMessage.verify|verify} messages.
                 * @param message ChatMessage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.inference.v1.ChatMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ChatMessage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.ChatMessage & fairlead.inference.v1.ChatMessage.$Shape} ChatMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.inference.v1.ChatMessage & fairlead.inference.v1.ChatMessage.$Shape;

                /**
                 * Gets the type url for ChatMessage
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace ChatMessage {

                /** Properties of a ChatMessage. */
                interface $Properties {

                    /** `system`, `developer`, `user`, `assistant` or `tool`. */
                    role?: (string|null);

                    /** Its text. */
                    content?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ChatMessage. */
                type $Shape = fairlead.inference.v1.ChatMessage.$Properties;
            }

            /**
             * Properties of a GenerateParams.
             * @deprecated Use fairlead.inference.v1.GenerateParams.$Properties instead.
             */
            interface IGenerateParams extends fairlead.inference.v1.GenerateParams.$Properties {
            }

            /** How to generate. An absent field takes its default. */
            class GenerateParams {

                /**
                 * Constructs a new GenerateParams.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.inference.v1.GenerateParams.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Output tokens at most, at least 1. Default: the model's own, shortened to what the context leaves. */
                maxTokens?: (number|null);

                /** No natural end before this many output tokens. Default 0. */
                minTokens?: (number|null);

                /** Never end naturally: produce exactly `max_tokens`. Default false. */
                ignoreEos?: (boolean|null);

                /** 0 to 2. */
                temperature?: (number|null);

                /** 0 to 1. */
                topP?: (number|null);

                /** -2 to 2. */
                presencePenalty?: (number|null);

                /** -2 to 2. */
                frequencyPenalty?: (number|null);

                /** Same seed, same request, same output, as far as the engine can. */
                seed?: (number|null);

                /** Up to four strings that end the output; they are not part of it. Each 1 to 256 characters. */
                stop: string[];

                /**
                 * Creates a new GenerateParams instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns GenerateParams instance
                 */
                static create(properties: fairlead.inference.v1.GenerateParams.$Shape): fairlead.inference.v1.GenerateParams & fairlead.inference.v1.GenerateParams.$Shape;
                static create(properties?: fairlead.inference.v1.GenerateParams.$Properties): fairlead.inference.v1.GenerateParams;

                /**
                 * Encodes the specified GenerateParams message. Does not implicitly {@link fairlead.inference.v1.GenerateParams.verify|verify} messages.
                 * @param message GenerateParams message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.inference.v1.GenerateParams.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a GenerateParams message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.GenerateParams & fairlead.inference.v1.GenerateParams.$Shape} GenerateParams
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.inference.v1.GenerateParams & fairlead.inference.v1.GenerateParams.$Shape;

                /**
                 * Gets the type url for GenerateParams
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace GenerateParams {

                /** Properties of a GenerateParams. */
                interface $Properties {

                    /** Output tokens at most, at least 1. Default: the model's own, shortened to what the context leaves. */
                    maxTokens?: (number|null);

                    /** No natural end before this many output tokens. Default 0. */
                    minTokens?: (number|null);

                    /** Never end naturally: produce exactly `max_tokens`. Default false. */
                    ignoreEos?: (boolean|null);

                    /** 0 to 2. */
                    temperature?: (number|null);

                    /** 0 to 1. */
                    topP?: (number|null);

                    /** 2 to 2. */
                    presencePenalty?: (number|null);

                    /** 2 to 2. */
                    frequencyPenalty?: (number|null);

                    /** Same seed, same request, same output, as far as the engine can. */
                    seed?: (number|null);

                    /** Up to four strings that end the output; they are not part of it. Each 1 to 256 characters. */
                    stop?: (string[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a GenerateParams. */
                type $Shape = fairlead.inference.v1.GenerateParams.$Properties;
            }

            /** Why an output ended. */
            enum FinishReason {

                /** Never sent. */
                FINISH_REASON_UNSPECIFIED = 0,

                /** The model ended it, or a stop string did. */
                FINISH_REASON_STOP = 1,

                /** `max_tokens` were reached. */
                FINISH_REASON_LENGTH = 2
            }

            /**
             * Properties of a Usage.
             * @deprecated Use fairlead.inference.v1.Usage.$Properties instead.
             */
            interface IUsage extends fairlead.inference.v1.Usage.$Properties {
            }

            /** Counted tokens of one request. */
            class Usage {

                /**
                 * Constructs a new Usage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.inference.v1.Usage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Prompt tokens, the chat template included. */
                promptTokens: number;

                /** Of these, found in the prefix cache. */
                cachedTokens: number;

                /** Output tokens delivered. */
                outputTokens: number;

                /**
                 * Creates a new Usage instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Usage instance
                 */
                static create(properties: fairlead.inference.v1.Usage.$Shape): fairlead.inference.v1.Usage & fairlead.inference.v1.Usage.$Shape;
                static create(properties?: fairlead.inference.v1.Usage.$Properties): fairlead.inference.v1.Usage;

                /**
                 * Encodes the specified Usage message. Does not implicitly {@link fairlead.inference.v1.Usage.verify|verify} messages.
                 * @param message Usage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.inference.v1.Usage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Usage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.Usage & fairlead.inference.v1.Usage.$Shape} Usage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.inference.v1.Usage & fairlead.inference.v1.Usage.$Shape;

                /**
                 * Gets the type url for Usage
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Usage {

                /** Properties of a Usage. */
                interface $Properties {

                    /** Prompt tokens, the chat template included. */
                    promptTokens?: (number|null);

                    /** Of these, found in the prefix cache. */
                    cachedTokens?: (number|null);

                    /** Output tokens delivered. */
                    outputTokens?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Usage. */
                type $Shape = fairlead.inference.v1.Usage.$Properties;
            }

            /**
             * Properties of a GenerateResponse.
             * @deprecated Use fairlead.inference.v1.GenerateResponse.$Properties instead.
             */
            interface IGenerateResponse extends fairlead.inference.v1.GenerateResponse.$Properties {
            }

            /** A whole output. */
            class GenerateResponse {

                /**
                 * Constructs a new GenerateResponse.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.inference.v1.GenerateResponse.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Ours, 32 hex digits: name it when asking about this request. */
                requestId: string;

                /** The model as it was asked for. */
                model: string;

                /** The output. */
                text: string;

                /** Why it ended. */
                finishReason: fairlead.inference.v1.FinishReason;

                /** What it used. */
                usage?: (fairlead.inference.v1.Usage.$Properties|null);

                /**
                 * Creates a new GenerateResponse instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns GenerateResponse instance
                 */
                static create(properties: fairlead.inference.v1.GenerateResponse.$Shape): fairlead.inference.v1.GenerateResponse & fairlead.inference.v1.GenerateResponse.$Shape;
                static create(properties?: fairlead.inference.v1.GenerateResponse.$Properties): fairlead.inference.v1.GenerateResponse;

                /**
                 * Encodes the specified GenerateResponse message. Does not implicitly {@link fairlead.inference.v1.GenerateResponse.verify|verify} messages.
                 * @param message GenerateResponse message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.inference.v1.GenerateResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a GenerateResponse message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.GenerateResponse & fairlead.inference.v1.GenerateResponse.$Shape} GenerateResponse
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.inference.v1.GenerateResponse & fairlead.inference.v1.GenerateResponse.$Shape;

                /**
                 * Gets the type url for GenerateResponse
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace GenerateResponse {

                /** Properties of a GenerateResponse. */
                interface $Properties {

                    /** Ours, 32 hex digits: name it when asking about this request. */
                    requestId?: (string|null);

                    /** The model as it was asked for. */
                    model?: (string|null);

                    /** The output. */
                    text?: (string|null);

                    /** Why it ended. */
                    finishReason?: (fairlead.inference.v1.FinishReason|null);

                    /** What it used. */
                    usage?: (fairlead.inference.v1.Usage.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a GenerateResponse. */
                type $Shape = fairlead.inference.v1.GenerateResponse.$Properties;
            }

            /**
             * Properties of a GenerateEvent.
             * @deprecated Use fairlead.inference.v1.GenerateEvent.$Properties instead.
             */
            interface IGenerateEvent extends fairlead.inference.v1.GenerateEvent.$Properties {
            }

            /** One step of a streamed output. */
            class GenerateEvent {

                /**
                 * Constructs a new GenerateEvent.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.inference.v1.GenerateEvent.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Ours, 32 hex digits, the same in every event. */
                requestId: string;

                /** More text. */
                delta?: (fairlead.inference.v1.TextDelta.$Properties|null);

                /** The end of a whole output; nothing follows. */
                completed?: (fairlead.inference.v1.Completed.$Properties|null);

                /** What happened. */
                event?: ("delta"|"completed");

                /**
                 * Creates a new GenerateEvent instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns GenerateEvent instance
                 */
                static create(properties: fairlead.inference.v1.GenerateEvent.$Shape): fairlead.inference.v1.GenerateEvent & fairlead.inference.v1.GenerateEvent.$Shape;
                static create(properties?: fairlead.inference.v1.GenerateEvent.$Properties): fairlead.inference.v1.GenerateEvent;

                /**
                 * Encodes the specified GenerateEvent message. Does not implicitly {@link fairlead.inference.v1.GenerateEvent.verify|verify} messages.
                 * @param message GenerateEvent message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.inference.v1.GenerateEvent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a GenerateEvent message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.GenerateEvent & fairlead.inference.v1.GenerateEvent.$Shape} GenerateEvent
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.inference.v1.GenerateEvent & fairlead.inference.v1.GenerateEvent.$Shape;

                /**
                 * Gets the type url for GenerateEvent
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace GenerateEvent {

                /** Properties of a GenerateEvent. */
                interface $Properties {

                    /** Ours, 32 hex digits, the same in every event. */
                    requestId?: (string|null);

                    /** More text. */
                    delta?: (fairlead.inference.v1.TextDelta.$Properties|null);

                    /** The end of a whole output; nothing follows. */
                    completed?: (fairlead.inference.v1.Completed.$Properties|null);

                    /** What happened. */
                    event?: ("delta"|"completed");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a GenerateEvent. */
                type $Shape = {
                  requestId?: string|null;
                  delta?: fairlead.inference.v1.TextDelta.$Shape|null;
                  completed?: fairlead.inference.v1.Completed.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ event?: undefined; delta?: null; completed?: null }|{ event?: "delta"; delta: fairlead.inference.v1.TextDelta.$Shape; completed?: null }|{ event?: "completed"; delta?: null; completed: fairlead.inference.v1.Completed.$Shape })
                );
            }

            /**
             * Properties of a TextDelta.
             * @deprecated Use fairlead.inference.v1.TextDelta.$Properties instead.
             */
            interface ITextDelta extends fairlead.inference.v1.TextDelta.$Properties {
            }

            /** Text that follows what was sent before. */
            class TextDelta {

                /**
                 * Constructs a new TextDelta.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.inference.v1.TextDelta.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Never empty, never half a character. */
                text: string;

                /** Output tokens delivered with it, in all. */
                outputTokens: number;

                /** Who says that it has everything up to here gets exactly what follows. */
                index: number;

                /**
                 * Creates a new TextDelta instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns TextDelta instance
                 */
                static create(properties: fairlead.inference.v1.TextDelta.$Shape): fairlead.inference.v1.TextDelta & fairlead.inference.v1.TextDelta.$Shape;
                static create(properties?: fairlead.inference.v1.TextDelta.$Properties): fairlead.inference.v1.TextDelta;

                /**
                 * Encodes the specified TextDelta message. Does not implicitly {@link fairlead.inference.v1.TextDelta.verify|verify} messages.
                 * @param message TextDelta message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.inference.v1.TextDelta.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TextDelta message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.TextDelta & fairlead.inference.v1.TextDelta.$Shape} TextDelta
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.inference.v1.TextDelta & fairlead.inference.v1.TextDelta.$Shape;

                /**
                 * Gets the type url for TextDelta
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace TextDelta {

                /** Properties of a TextDelta. */
                interface $Properties {

                    /** Never empty, never half a character. */
                    text?: (string|null);

                    /** Output tokens delivered with it, in all. */
                    outputTokens?: (number|null);

                    /** Who says that it has everything up to here gets exactly what follows. */
                    index?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TextDelta. */
                type $Shape = fairlead.inference.v1.TextDelta.$Properties;
            }

            /**
             * Properties of a Completed.
             * @deprecated Use fairlead.inference.v1.Completed.$Properties instead.
             */
            interface ICompleted extends fairlead.inference.v1.Completed.$Properties {
            }

            /** The end of a whole output. */
            class Completed {

                /**
                 * Constructs a new Completed.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.inference.v1.Completed.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Why it ended. */
                finishReason: fairlead.inference.v1.FinishReason;

                /** What it used. */
                usage?: (fairlead.inference.v1.Usage.$Properties|null);

                /**
                 * Creates a new Completed instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Completed instance
                 */
                static create(properties: fairlead.inference.v1.Completed.$Shape): fairlead.inference.v1.Completed & fairlead.inference.v1.Completed.$Shape;
                static create(properties?: fairlead.inference.v1.Completed.$Properties): fairlead.inference.v1.Completed;

                /**
                 * Encodes the specified Completed message. Does not implicitly {@link fairlead.inference.v1.Completed.verify|verify} messages.
                 * @param message Completed message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.inference.v1.Completed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Completed message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.inference.v1.Completed & fairlead.inference.v1.Completed.$Shape} Completed
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.inference.v1.Completed & fairlead.inference.v1.Completed.$Shape;

                /**
                 * Gets the type url for Completed
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Completed {

                /** Properties of a Completed. */
                interface $Properties {

                    /** Why it ended. */
                    finishReason?: (fairlead.inference.v1.FinishReason|null);

                    /** What it used. */
                    usage?: (fairlead.inference.v1.Usage.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Completed. */
                type $Shape = fairlead.inference.v1.Completed.$Properties;
            }
        }
    }
}
