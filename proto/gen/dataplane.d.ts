import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace fairlead. */
export namespace fairlead {

    /** Namespace dataplane. */
    namespace dataplane {

        /** Namespace v1. */
        namespace v1 {

            /**
             * Served by a worker process, for all its workers; called by edges. Over TLS the caller's certificate must name the role
             * `edge` and that edge's process, the server's the role `worker`.
             */
            class DataPlane extends $protobuf.rpc.Service {

                /**
                 * Constructs a new DataPlane service.
                 * @param rpcImpl RPC implementation
                 * @param [requestDelimited=false] Whether requests are length-delimited
                 * @param [responseDelimited=false] Whether responses are length-delimited
                 */
                constructor(rpcImpl: $protobuf.RPCImpl, requestDelimited?: boolean, responseDelimited?: boolean);

                /**
                 * Creates new DataPlane service using the specified rpc implementation.
                 * @param rpcImpl RPC implementation
                 * @param [requestDelimited=false] Whether requests are length-delimited
                 * @param [responseDelimited=false] Whether responses are length-delimited
                 * @returns RPC service. Useful where requests and/or responses are streamed.
                 */
                static create(rpcImpl: $protobuf.RPCImpl, requestDelimited?: boolean, responseDelimited?: boolean): DataPlane;

                /**
                 * One lane between one edge and one worker, open as long as both live. The first message each way is a hello, and must come
                 * within 2 s; then each side says something every 500 ms at least, and is given up after 2.5 s of silence. A session's
                 * messages use one lane, so that they keep their order. A foreign protocol version is refused with FAILED_PRECONDITION.
                 */
                exchange: fairlead.dataplane.v1.DataPlane.Exchange;
            }

            namespace DataPlane {

                /**
                 * Callback as used by {@link fairlead.dataplane.v1.DataPlane#exchange}.
                 * @param error Error, if any
                 * @param [response] FromWorker
                 */
                type ExchangeCallback = (error: (Error|null), response?: fairlead.dataplane.v1.FromWorker) => void;

                /**
                 * One lane between one edge and one worker, open as long as both live. The first message each way is a hello, and must come
                 * within 2 s; then each side says something every 500 ms at least, and is given up after 2.5 s of silence. A session's
                 * messages use one lane, so that they keep their order. A foreign protocol version is refused with FAILED_PRECONDITION.
                 */
                type Exchange = {
                  (request: fairlead.dataplane.v1.IFromEdge, callback: fairlead.dataplane.v1.DataPlane.ExchangeCallback): void;
                  (request: fairlead.dataplane.v1.IFromEdge): Promise<fairlead.dataplane.v1.FromWorker>;
                  readonly name: "Exchange";
                  readonly path: "/fairlead.dataplane.v1.DataPlane/Exchange";
                  readonly requestType: "FromEdge";
                  readonly responseType: "FromWorker";
                  readonly requestStream: true;
                  readonly responseStream: true;
                };
            }

            /**
             * Properties of a FromEdge.
             * @deprecated Use fairlead.dataplane.v1.FromEdge.$Properties instead.
             */
            interface IFromEdge extends fairlead.dataplane.v1.FromEdge.$Properties {
            }

            /** One message of an edge. */
            class FromEdge {

                /**
                 * Constructs a new FromEdge.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.FromEdge.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** The first, and only the first. */
                hello?: (fairlead.dataplane.v1.EdgeHello.$Properties|null);

                /** What sessions ask for. */
                commands?: (fairlead.dataplane.v1.Commands.$Properties|null);

                /** A sign of life, if nothing else. */
                heartbeat?: (fairlead.dataplane.v1.Heartbeat.$Properties|null);

                /** What it is. */
                body?: ("hello"|"commands"|"heartbeat");

                /**
                 * Creates a new FromEdge instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns FromEdge instance
                 */
                static create(properties: fairlead.dataplane.v1.FromEdge.$Shape): fairlead.dataplane.v1.FromEdge & fairlead.dataplane.v1.FromEdge.$Shape;
                static create(properties?: fairlead.dataplane.v1.FromEdge.$Properties): fairlead.dataplane.v1.FromEdge;

                /**
                 * Encodes the specified FromEdge message. Does not implicitly {@link fairlead.dataplane.v1.FromEdge.verify|verify} messages.
                 * @param message FromEdge message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.FromEdge.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a FromEdge message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.FromEdge & fairlead.dataplane.v1.FromEdge.$Shape} FromEdge
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.FromEdge & fairlead.dataplane.v1.FromEdge.$Shape;

                /**
                 * Gets the type url for FromEdge
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace FromEdge {

                /** Properties of a FromEdge. */
                interface $Properties {

                    /** The first, and only the first. */
                    hello?: (fairlead.dataplane.v1.EdgeHello.$Properties|null);

                    /** What sessions ask for. */
                    commands?: (fairlead.dataplane.v1.Commands.$Properties|null);

                    /** A sign of life, if nothing else. */
                    heartbeat?: (fairlead.dataplane.v1.Heartbeat.$Properties|null);

                    /** What it is. */
                    body?: ("hello"|"commands"|"heartbeat");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a FromEdge. */
                type $Shape = {
                  hello?: fairlead.dataplane.v1.EdgeHello.$Shape|null;
                  commands?: fairlead.dataplane.v1.Commands.$Shape|null;
                  heartbeat?: fairlead.dataplane.v1.Heartbeat.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; hello?: null; commands?: null; heartbeat?: null }|{ body?: "hello"; hello: fairlead.dataplane.v1.EdgeHello.$Shape; commands?: null; heartbeat?: null }|{ body?: "commands"; hello?: null; commands: fairlead.dataplane.v1.Commands.$Shape; heartbeat?: null }|{ body?: "heartbeat"; hello?: null; commands?: null; heartbeat: fairlead.dataplane.v1.Heartbeat.$Shape })
                );
            }

            /**
             * Properties of a FromWorker.
             * @deprecated Use fairlead.dataplane.v1.FromWorker.$Properties instead.
             */
            interface IFromWorker extends fairlead.dataplane.v1.FromWorker.$Properties {
            }

            /** One message of a worker. */
            class FromWorker {

                /**
                 * Constructs a new FromWorker.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.FromWorker.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** The first, and only the first. */
                hello?: (fairlead.dataplane.v1.WorkerHello.$Properties|null);

                /** What sequences produced: all of one engine step that this lane carries. */
                frame?: (fairlead.dataplane.v1.Frame.$Properties|null);

                /** A sign of life, if nothing else. */
                heartbeat?: (fairlead.dataplane.v1.Heartbeat.$Properties|null);

                /** What it is. */
                body?: ("hello"|"frame"|"heartbeat");

                /**
                 * Creates a new FromWorker instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns FromWorker instance
                 */
                static create(properties: fairlead.dataplane.v1.FromWorker.$Shape): fairlead.dataplane.v1.FromWorker & fairlead.dataplane.v1.FromWorker.$Shape;
                static create(properties?: fairlead.dataplane.v1.FromWorker.$Properties): fairlead.dataplane.v1.FromWorker;

                /**
                 * Encodes the specified FromWorker message. Does not implicitly {@link fairlead.dataplane.v1.FromWorker.verify|verify} messages.
                 * @param message FromWorker message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.FromWorker.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a FromWorker message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.FromWorker & fairlead.dataplane.v1.FromWorker.$Shape} FromWorker
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.FromWorker & fairlead.dataplane.v1.FromWorker.$Shape;

                /**
                 * Gets the type url for FromWorker
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace FromWorker {

                /** Properties of a FromWorker. */
                interface $Properties {

                    /** The first, and only the first. */
                    hello?: (fairlead.dataplane.v1.WorkerHello.$Properties|null);

                    /** What sequences produced: all of one engine step that this lane carries. */
                    frame?: (fairlead.dataplane.v1.Frame.$Properties|null);

                    /** A sign of life, if nothing else. */
                    heartbeat?: (fairlead.dataplane.v1.Heartbeat.$Properties|null);

                    /** What it is. */
                    body?: ("hello"|"frame"|"heartbeat");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a FromWorker. */
                type $Shape = {
                  hello?: fairlead.dataplane.v1.WorkerHello.$Shape|null;
                  frame?: fairlead.dataplane.v1.Frame.$Shape|null;
                  heartbeat?: fairlead.dataplane.v1.Heartbeat.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; hello?: null; frame?: null; heartbeat?: null }|{ body?: "hello"; hello: fairlead.dataplane.v1.WorkerHello.$Shape; frame?: null; heartbeat?: null }|{ body?: "frame"; hello?: null; frame: fairlead.dataplane.v1.Frame.$Shape; heartbeat?: null }|{ body?: "heartbeat"; hello?: null; frame?: null; heartbeat: fairlead.dataplane.v1.Heartbeat.$Shape })
                );
            }

            /**
             * Properties of an EdgeHello.
             * @deprecated Use fairlead.dataplane.v1.EdgeHello.$Properties instead.
             */
            interface IEdgeHello extends fairlead.dataplane.v1.EdgeHello.$Properties {
            }

            /** Who calls, and for which worker. */
            class EdgeHello {

                /**
                 * Constructs a new EdgeHello.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.EdgeHello.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Of this contract; raised when a meaning changes. */
                protocolVersion: number;

                /** The caller: the sessions of this lane are its own. */
                edge: string;

                /** Whom it calls. */
                worker: string;

                /** The worker's life as its registration told; each start is checked against the real one. */
                incarnation: number;

                /** This lane's number, from 0. */
                lane: number;

                /** How many lanes this edge keeps to this worker: which one is a session's follows from its request id. */
                lanes: number;

                /**
                 * Creates a new EdgeHello instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns EdgeHello instance
                 */
                static create(properties: fairlead.dataplane.v1.EdgeHello.$Shape): fairlead.dataplane.v1.EdgeHello & fairlead.dataplane.v1.EdgeHello.$Shape;
                static create(properties?: fairlead.dataplane.v1.EdgeHello.$Properties): fairlead.dataplane.v1.EdgeHello;

                /**
                 * Encodes the specified EdgeHello message. Does not implicitly {@link fairlead.dataplane.v1.EdgeHello.verify|verify} messages.
                 * @param message EdgeHello message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.EdgeHello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an EdgeHello message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.EdgeHello & fairlead.dataplane.v1.EdgeHello.$Shape} EdgeHello
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.EdgeHello & fairlead.dataplane.v1.EdgeHello.$Shape;

                /**
                 * Gets the type url for EdgeHello
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace EdgeHello {

                /** Properties of an EdgeHello. */
                interface $Properties {

                    /** Of this contract; raised when a meaning changes. */
                    protocolVersion?: (number|null);

                    /** The caller: the sessions of this lane are its own. */
                    edge?: (string|null);

                    /** Whom it calls. */
                    worker?: (string|null);

                    /** The worker's life as its registration told; each start is checked against the real one. */
                    incarnation?: (number|null);

                    /** This lane's number, from 0. */
                    lane?: (number|null);

                    /** How many lanes this edge keeps to this worker: which one is a session's follows from its request id. */
                    lanes?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an EdgeHello. */
                type $Shape = fairlead.dataplane.v1.EdgeHello.$Properties;
            }

            /**
             * Properties of a WorkerHello.
             * @deprecated Use fairlead.dataplane.v1.WorkerHello.$Properties instead.
             */
            interface IWorkerHello extends fairlead.dataplane.v1.WorkerHello.$Properties {
            }

            /** The answer to a hello: this lane is open. */
            class WorkerHello {

                /**
                 * Constructs a new WorkerHello.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.WorkerHello.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Of this contract, as the worker speaks it. */
                protocolVersion: number;

                /** Who answers. */
                worker: string;

                /** As called. */
                edge: string;

                /** As called. */
                lane: number;

                /**
                 * Creates a new WorkerHello instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns WorkerHello instance
                 */
                static create(properties: fairlead.dataplane.v1.WorkerHello.$Shape): fairlead.dataplane.v1.WorkerHello & fairlead.dataplane.v1.WorkerHello.$Shape;
                static create(properties?: fairlead.dataplane.v1.WorkerHello.$Properties): fairlead.dataplane.v1.WorkerHello;

                /**
                 * Encodes the specified WorkerHello message. Does not implicitly {@link fairlead.dataplane.v1.WorkerHello.verify|verify} messages.
                 * @param message WorkerHello message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.WorkerHello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a WorkerHello message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.WorkerHello & fairlead.dataplane.v1.WorkerHello.$Shape} WorkerHello
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.WorkerHello & fairlead.dataplane.v1.WorkerHello.$Shape;

                /**
                 * Gets the type url for WorkerHello
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace WorkerHello {

                /** Properties of a WorkerHello. */
                interface $Properties {

                    /** Of this contract, as the worker speaks it. */
                    protocolVersion?: (number|null);

                    /** Who answers. */
                    worker?: (string|null);

                    /** As called. */
                    edge?: (string|null);

                    /** As called. */
                    lane?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a WorkerHello. */
                type $Shape = fairlead.dataplane.v1.WorkerHello.$Properties;
            }

            /**
             * Properties of a Heartbeat.
             * @deprecated Use fairlead.dataplane.v1.Heartbeat.$Properties instead.
             */
            interface IHeartbeat extends fairlead.dataplane.v1.Heartbeat.$Properties {
            }

            /** Nothing to say, and alive. */
            class Heartbeat {

                /**
                 * Constructs a new Heartbeat.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Heartbeat.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Creates a new Heartbeat instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Heartbeat instance
                 */
                static create(properties: fairlead.dataplane.v1.Heartbeat.$Shape): fairlead.dataplane.v1.Heartbeat & fairlead.dataplane.v1.Heartbeat.$Shape;
                static create(properties?: fairlead.dataplane.v1.Heartbeat.$Properties): fairlead.dataplane.v1.Heartbeat;

                /**
                 * Encodes the specified Heartbeat message. Does not implicitly {@link fairlead.dataplane.v1.Heartbeat.verify|verify} messages.
                 * @param message Heartbeat message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Heartbeat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Heartbeat message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Heartbeat & fairlead.dataplane.v1.Heartbeat.$Shape} Heartbeat
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Heartbeat & fairlead.dataplane.v1.Heartbeat.$Shape;

                /**
                 * Gets the type url for Heartbeat
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Heartbeat {

                /** Properties of a Heartbeat. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Heartbeat. */
                type $Shape = fairlead.dataplane.v1.Heartbeat.$Properties;
            }

            /**
             * Properties of a Commands.
             * @deprecated Use fairlead.dataplane.v1.Commands.$Properties instead.
             */
            interface ICommands extends fairlead.dataplane.v1.Commands.$Properties {
            }

            /** What sessions ask of one worker, in their order. */
            class Commands {

                /**
                 * Constructs a new Commands.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Commands.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** At least one. */
                commands: fairlead.dataplane.v1.Command.$Properties[];

                /**
                 * Creates a new Commands instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Commands instance
                 */
                static create(properties: fairlead.dataplane.v1.Commands.$Shape): fairlead.dataplane.v1.Commands & fairlead.dataplane.v1.Commands.$Shape;
                static create(properties?: fairlead.dataplane.v1.Commands.$Properties): fairlead.dataplane.v1.Commands;

                /**
                 * Encodes the specified Commands message. Does not implicitly {@link fairlead.dataplane.v1.Commands.verify|verify} messages.
                 * @param message Commands message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Commands.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Commands message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Commands & fairlead.dataplane.v1.Commands.$Shape} Commands
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Commands & fairlead.dataplane.v1.Commands.$Shape;

                /**
                 * Gets the type url for Commands
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Commands {

                /** Properties of a Commands. */
                interface $Properties {

                    /** At least one. */
                    commands?: (fairlead.dataplane.v1.Command.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Commands. */
                type $Shape = {
                  commands?: fairlead.dataplane.v1.Command.$Shape[]|null;
                  $unknowns?: Uint8Array[];
                };
            }

            /**
             * Properties of a Command.
             * @deprecated Use fairlead.dataplane.v1.Command.$Properties instead.
             */
            interface ICommand extends fairlead.dataplane.v1.Command.$Properties {
            }

            /** What one session asks. */
            class Command {

                /**
                 * Constructs a new Command.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Command.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** The request. */
                requestId: string;

                /** Which attempt of it, from 1. */
                attempt: number;

                /** Run this attempt. */
                start?: (fairlead.dataplane.v1.Start.$Properties|null);

                /** Stop it. */
                cancel?: (fairlead.dataplane.v1.Cancel.$Properties|null);

                /** The client has taken tokens. */
                ack?: (fairlead.dataplane.v1.Ack.$Properties|null);

                /** Hand the attempt over to this session. */
                attach?: (fairlead.dataplane.v1.Attach.$Properties|null);

                /** No session of the attempt lives at this edge. */
                unclaimed?: (fairlead.dataplane.v1.Unclaimed.$Properties|null);

                /** The session's own id, of one that took another's stream over. Empty: the request's. Which lane it uses follows from it. */
                sessionId: string;

                /** What it asks. */
                what?: ("start"|"cancel"|"ack"|"attach"|"unclaimed");

                /**
                 * Creates a new Command instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Command instance
                 */
                static create(properties: fairlead.dataplane.v1.Command.$Shape): fairlead.dataplane.v1.Command & fairlead.dataplane.v1.Command.$Shape;
                static create(properties?: fairlead.dataplane.v1.Command.$Properties): fairlead.dataplane.v1.Command;

                /**
                 * Encodes the specified Command message. Does not implicitly {@link fairlead.dataplane.v1.Command.verify|verify} messages.
                 * @param message Command message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Command.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Command message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Command & fairlead.dataplane.v1.Command.$Shape} Command
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Command & fairlead.dataplane.v1.Command.$Shape;

                /**
                 * Gets the type url for Command
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Command {

                /** Properties of a Command. */
                interface $Properties {

                    /** The request. */
                    requestId?: (string|null);

                    /** Which attempt of it, from 1. */
                    attempt?: (number|null);

                    /** Run this attempt. */
                    start?: (fairlead.dataplane.v1.Start.$Properties|null);

                    /** Stop it. */
                    cancel?: (fairlead.dataplane.v1.Cancel.$Properties|null);

                    /** The client has taken tokens. */
                    ack?: (fairlead.dataplane.v1.Ack.$Properties|null);

                    /** Hand the attempt over to this session. */
                    attach?: (fairlead.dataplane.v1.Attach.$Properties|null);

                    /** No session of the attempt lives at this edge. */
                    unclaimed?: (fairlead.dataplane.v1.Unclaimed.$Properties|null);

                    /** The session's own id, of one that took another's stream over. Empty: the request's. Which lane it uses follows from it. */
                    sessionId?: (string|null);

                    /** What it asks. */
                    what?: ("start"|"cancel"|"ack"|"attach"|"unclaimed");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a Command. */
                type $Shape = {
                  requestId?: string|null;
                  attempt?: number|null;
                  start?: fairlead.dataplane.v1.Start.$Shape|null;
                  cancel?: fairlead.dataplane.v1.Cancel.$Shape|null;
                  ack?: fairlead.dataplane.v1.Ack.$Shape|null;
                  attach?: fairlead.dataplane.v1.Attach.$Shape|null;
                  unclaimed?: fairlead.dataplane.v1.Unclaimed.$Shape|null;
                  sessionId?: string|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ what?: undefined; start?: null; cancel?: null; ack?: null; attach?: null; unclaimed?: null }|{ what?: "start"; start: fairlead.dataplane.v1.Start.$Shape; cancel?: null; ack?: null; attach?: null; unclaimed?: null }|{ what?: "cancel"; start?: null; cancel: fairlead.dataplane.v1.Cancel.$Shape; ack?: null; attach?: null; unclaimed?: null }|{ what?: "ack"; start?: null; cancel?: null; ack: fairlead.dataplane.v1.Ack.$Shape; attach?: null; unclaimed?: null }|{ what?: "attach"; start?: null; cancel?: null; ack?: null; attach: fairlead.dataplane.v1.Attach.$Shape; unclaimed?: null }|{ what?: "unclaimed"; start?: null; cancel?: null; ack?: null; attach?: null; unclaimed: fairlead.dataplane.v1.Unclaimed.$Shape })
                );
            }

            /**
             * Properties of a Start.
             * @deprecated Use fairlead.dataplane.v1.Start.$Properties instead.
             */
            interface IStart extends fairlead.dataplane.v1.Start.$Properties {
            }

            /** Run this attempt; the same attempt again attaches to it. */
            class Start {

                /**
                 * Constructs a new Start.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Start.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** The life of the worker that was granted. */
                incarnation: number;

                /** The tenant's shard. */
                shard: number;

                /** Of the shard's owner. */
                shardEpoch: number;

                /** Of the pool's owner. */
                poolEpoch: number;

                /** Who is served. */
                tenant: string;

                /** The tenant's weight, as the router used it. */
                weight: number;

                /** Prefix-cache namespace. */
                namespace: string;

                /** Empty: the base model. */
                adapterDigest: string;

                /** The prompt in UTF-8 after the chat template. */
                prompt: Uint8Array;

                /** Of the prompt. */
                promptDigest: string;

                /** Its length in tokens. */
                promptTokens: number;

                /** Output tokens that the client has already. */
                forcedPrefix: number[];

                /** Output at most, the forced prefix counted. */
                outputTokensMax: number;

                /** No natural end before. */
                outputTokensMin: number;

                /** Never end naturally. */
                ignoreEos: boolean;

                /** How the next token is chosen. */
                sampling?: (fairlead.dataplane.v1.Sampling.$Properties|null);

                /** The tenant's queue stops the stream here unless it grants more. */
                outputTokensGranted: number;

                /** The tenant's band: lower goes first in the engine. */
                band: number;

                /** What another session would need to go on with the stream; the worker keeps it unread. Empty: nobody can. */
                resumeTerms: string;

                /** The client's name for the request. Absent: it gave none. */
                idempotency?: (fairlead.dataplane.v1.Idempotency.$Properties|null);

                /** Refused unless the engine would say again what another has said. */
                mustReplay: boolean;

                /** It was in flight at engine crashes: it runs there with nobody else until its output has passed this index. Absent: in company. */
                aloneUntilIndex?: (number|null);

                /** Zones outside which it may not run. Empty: anywhere. */
                residency: string[];

                /**
                 * Creates a new Start instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Start instance
                 */
                static create(properties: fairlead.dataplane.v1.Start.$Shape): fairlead.dataplane.v1.Start & fairlead.dataplane.v1.Start.$Shape;
                static create(properties?: fairlead.dataplane.v1.Start.$Properties): fairlead.dataplane.v1.Start;

                /**
                 * Encodes the specified Start message. Does not implicitly {@link fairlead.dataplane.v1.Start.verify|verify} messages.
                 * @param message Start message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Start.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Start message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Start & fairlead.dataplane.v1.Start.$Shape} Start
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Start & fairlead.dataplane.v1.Start.$Shape;

                /**
                 * Gets the type url for Start
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Start {

                /** Properties of a Start. */
                interface $Properties {

                    /** The life of the worker that was granted. */
                    incarnation?: (number|null);

                    /** The tenant's shard. */
                    shard?: (number|null);

                    /** Of the shard's owner. */
                    shardEpoch?: (number|null);

                    /** Of the pool's owner. */
                    poolEpoch?: (number|null);

                    /** Who is served. */
                    tenant?: (string|null);

                    /** The tenant's weight, as the router used it. */
                    weight?: (number|null);

                    /** Prefix-cache namespace. */
                    namespace?: (string|null);

                    /** Empty: the base model. */
                    adapterDigest?: (string|null);

                    /** The prompt in UTF-8 after the chat template. */
                    prompt?: (Uint8Array|null);

                    /** Of the prompt. */
                    promptDigest?: (string|null);

                    /** Its length in tokens. */
                    promptTokens?: (number|null);

                    /** Output tokens that the client has already. */
                    forcedPrefix?: (number[]|null);

                    /** Output at most, the forced prefix counted. */
                    outputTokensMax?: (number|null);

                    /** No natural end before. */
                    outputTokensMin?: (number|null);

                    /** Never end naturally. */
                    ignoreEos?: (boolean|null);

                    /** How the next token is chosen. */
                    sampling?: (fairlead.dataplane.v1.Sampling.$Properties|null);

                    /** The tenant's queue stops the stream here unless it grants more. */
                    outputTokensGranted?: (number|null);

                    /** The tenant's band: lower goes first in the engine. */
                    band?: (number|null);

                    /** What another session would need to go on with the stream; the worker keeps it unread. Empty: nobody can. */
                    resumeTerms?: (string|null);

                    /** The client's name for the request. Absent: it gave none. */
                    idempotency?: (fairlead.dataplane.v1.Idempotency.$Properties|null);

                    /** Refused unless the engine would say again what another has said. */
                    mustReplay?: (boolean|null);

                    /** It was in flight at engine crashes: it runs there with nobody else until its output has passed this index. Absent: in company. */
                    aloneUntilIndex?: (number|null);

                    /** Zones outside which it may not run. Empty: anywhere. */
                    residency?: (string[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Start. */
                type $Shape = fairlead.dataplane.v1.Start.$Properties;
            }

            /**
             * Properties of an Idempotency.
             * @deprecated Use fairlead.dataplane.v1.Idempotency.$Properties instead.
             */
            interface IIdempotency extends fairlead.dataplane.v1.Idempotency.$Properties {
            }

            /** A client's own name for one request: digests, never the key itself. */
            class Idempotency {

                /**
                 * Constructs a new Idempotency.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Idempotency.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Of the tenant and its client's key. */
                key: string;

                /** Of all that decides the output. */
                body: string;

                /** How many runs under the key are over already, cut off or failed. */
                run: number;

                /**
                 * Creates a new Idempotency instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Idempotency instance
                 */
                static create(properties: fairlead.dataplane.v1.Idempotency.$Shape): fairlead.dataplane.v1.Idempotency & fairlead.dataplane.v1.Idempotency.$Shape;
                static create(properties?: fairlead.dataplane.v1.Idempotency.$Properties): fairlead.dataplane.v1.Idempotency;

                /**
                 * Encodes the specified Idempotency message. Does not implicitly {@link fairlead.dataplane.v1.Idempotency.verify|verify} messages.
                 * @param message Idempotency message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Idempotency.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Idempotency message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Idempotency & fairlead.dataplane.v1.Idempotency.$Shape} Idempotency
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Idempotency & fairlead.dataplane.v1.Idempotency.$Shape;

                /**
                 * Gets the type url for Idempotency
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Idempotency {

                /** Properties of an Idempotency. */
                interface $Properties {

                    /** Of the tenant and its client's key. */
                    key?: (string|null);

                    /** Of all that decides the output. */
                    body?: (string|null);

                    /** How many runs under the key are over already, cut off or failed. */
                    run?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Idempotency. */
                type $Shape = fairlead.dataplane.v1.Idempotency.$Properties;
            }

            /**
             * Properties of a Sampling.
             * @deprecated Use fairlead.dataplane.v1.Sampling.$Properties instead.
             */
            interface ISampling extends fairlead.dataplane.v1.Sampling.$Properties {
            }

            /** How the next token is chosen. Absent fields: the engine's defaults. */
            class Sampling {

                /**
                 * Constructs a new Sampling.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Sampling.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** 0 is greedy. */
                temperature?: (number|null);

                /** Nucleus. */
                topP?: (number|null);

                /** For tokens that occurred. */
                presencePenalty?: (number|null);

                /** For each occurrence. */
                frequencyPenalty?: (number|null);

                /** An integer below 2^53. */
                seed?: (number|null);

                /**
                 * Creates a new Sampling instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Sampling instance
                 */
                static create(properties: fairlead.dataplane.v1.Sampling.$Shape): fairlead.dataplane.v1.Sampling & fairlead.dataplane.v1.Sampling.$Shape;
                static create(properties?: fairlead.dataplane.v1.Sampling.$Properties): fairlead.dataplane.v1.Sampling;

                /**
                 * Encodes the specified Sampling message. Does not implicitly {@link fairlead.dataplane.v1.Sampling.verify|verify} messages.
                 * @param message Sampling message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Sampling.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Sampling message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Sampling & fairlead.dataplane.v1.Sampling.$Shape} Sampling
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Sampling & fairlead.dataplane.v1.Sampling.$Shape;

                /**
                 * Gets the type url for Sampling
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Sampling {

                /** Properties of a Sampling. */
                interface $Properties {

                    /** 0 is greedy. */
                    temperature?: (number|null);

                    /** Nucleus. */
                    topP?: (number|null);

                    /** For tokens that occurred. */
                    presencePenalty?: (number|null);

                    /** For each occurrence. */
                    frequencyPenalty?: (number|null);

                    /** An integer below 2^53. */
                    seed?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Sampling. */
                type $Shape = fairlead.dataplane.v1.Sampling.$Properties;
            }

            /**
             * Properties of an Attach.
             * @deprecated Use fairlead.dataplane.v1.Attach.$Properties instead.
             */
            interface IAttach extends fairlead.dataplane.v1.Attach.$Properties {
            }

            /** The client reads the stream on: hand the attempt over to this session, with every token from index 0. */
            class Attach {

                /**
                 * Constructs a new Attach.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Attach.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** The life of the worker that ran it. */
                incarnation: number;

                /** Whose request it is. */
                tenant: string;

                /** The client has the output up to and with this index. -1: nothing. */
                after: number;

                /** Only if its resume terms have one of these names. Empty: whatever it is. */
                models: string[];

                /**
                 * Creates a new Attach instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Attach instance
                 */
                static create(properties: fairlead.dataplane.v1.Attach.$Shape): fairlead.dataplane.v1.Attach & fairlead.dataplane.v1.Attach.$Shape;
                static create(properties?: fairlead.dataplane.v1.Attach.$Properties): fairlead.dataplane.v1.Attach;

                /**
                 * Encodes the specified Attach message. Does not implicitly {@link fairlead.dataplane.v1.Attach.verify|verify} messages.
                 * @param message Attach message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Attach.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Attach message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Attach & fairlead.dataplane.v1.Attach.$Shape} Attach
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Attach & fairlead.dataplane.v1.Attach.$Shape;

                /**
                 * Gets the type url for Attach
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Attach {

                /** Properties of an Attach. */
                interface $Properties {

                    /** The life of the worker that ran it. */
                    incarnation?: (number|null);

                    /** Whose request it is. */
                    tenant?: (string|null);

                    /** The client has the output up to and with this index. -1: nothing. */
                    after?: (number|null);

                    /** Only if its resume terms have one of these names. Empty: whatever it is. */
                    models?: (string[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Attach. */
                type $Shape = fairlead.dataplane.v1.Attach.$Properties;
            }

            /**
             * Properties of an Unclaimed.
             * @deprecated Use fairlead.dataplane.v1.Unclaimed.$Properties instead.
             */
            interface IUnclaimed extends fairlead.dataplane.v1.Unclaimed.$Properties {
            }

            /** Nobody reads the attempt's tokens there: keep it for half a minute for a client that comes back. */
            class Unclaimed {

                /**
                 * Constructs a new Unclaimed.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Unclaimed.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Creates a new Unclaimed instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Unclaimed instance
                 */
                static create(properties: fairlead.dataplane.v1.Unclaimed.$Shape): fairlead.dataplane.v1.Unclaimed & fairlead.dataplane.v1.Unclaimed.$Shape;
                static create(properties?: fairlead.dataplane.v1.Unclaimed.$Properties): fairlead.dataplane.v1.Unclaimed;

                /**
                 * Encodes the specified Unclaimed message. Does not implicitly {@link fairlead.dataplane.v1.Unclaimed.verify|verify} messages.
                 * @param message Unclaimed message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Unclaimed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Unclaimed message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Unclaimed & fairlead.dataplane.v1.Unclaimed.$Shape} Unclaimed
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Unclaimed & fairlead.dataplane.v1.Unclaimed.$Shape;

                /**
                 * Gets the type url for Unclaimed
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Unclaimed {

                /** Properties of an Unclaimed. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Unclaimed. */
                type $Shape = fairlead.dataplane.v1.Unclaimed.$Properties;
            }

            /**
             * Properties of a Cancel.
             * @deprecated Use fairlead.dataplane.v1.Cancel.$Properties instead.
             */
            interface ICancel extends fairlead.dataplane.v1.Cancel.$Properties {
            }

            /** Stop at the next step boundary, and say what ran. */
            class Cancel {

                /**
                 * Constructs a new Cancel.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Cancel.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Its output is not to be had again. */
                isDiscarded: boolean;

                /** How the client's output ended, by its session. Absent: its client hung up. */
                outcome: string;

                /** With an outcome: so many output tokens are billed. */
                billedTokens: number;

                /**
                 * Creates a new Cancel instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Cancel instance
                 */
                static create(properties: fairlead.dataplane.v1.Cancel.$Shape): fairlead.dataplane.v1.Cancel & fairlead.dataplane.v1.Cancel.$Shape;
                static create(properties?: fairlead.dataplane.v1.Cancel.$Properties): fairlead.dataplane.v1.Cancel;

                /**
                 * Encodes the specified Cancel message. Does not implicitly {@link fairlead.dataplane.v1.Cancel.verify|verify} messages.
                 * @param message Cancel message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Cancel.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Cancel message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Cancel & fairlead.dataplane.v1.Cancel.$Shape} Cancel
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Cancel & fairlead.dataplane.v1.Cancel.$Shape;

                /**
                 * Gets the type url for Cancel
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Cancel {

                /** Properties of a Cancel. */
                interface $Properties {

                    /** Its output is not to be had again. */
                    isDiscarded?: (boolean|null);

                    /** How the client's output ended, by its session. Absent: its client hung up. */
                    outcome?: (string|null);

                    /** With an outcome: so many output tokens are billed. */
                    billedTokens?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Cancel. */
                type $Shape = fairlead.dataplane.v1.Cancel.$Properties;
            }

            /**
             * Properties of an Ack.
             * @deprecated Use fairlead.dataplane.v1.Ack.$Properties instead.
             */
            interface IAck extends fairlead.dataplane.v1.Ack.$Properties {
            }

            /** The client's socket took every token below an index. */
            class Ack {

                /**
                 * Constructs a new Ack.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Ack.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** That index. */
                nextIndex: number;

                /** Tokens are missing: send again from there. */
                isBehind: boolean;

                /**
                 * Creates a new Ack instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Ack instance
                 */
                static create(properties: fairlead.dataplane.v1.Ack.$Shape): fairlead.dataplane.v1.Ack & fairlead.dataplane.v1.Ack.$Shape;
                static create(properties?: fairlead.dataplane.v1.Ack.$Properties): fairlead.dataplane.v1.Ack;

                /**
                 * Encodes the specified Ack message. Does not implicitly {@link fairlead.dataplane.v1.Ack.verify|verify} messages.
                 * @param message Ack message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Ack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Ack message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Ack & fairlead.dataplane.v1.Ack.$Shape} Ack
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Ack & fairlead.dataplane.v1.Ack.$Shape;

                /**
                 * Gets the type url for Ack
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Ack {

                /** Properties of an Ack. */
                interface $Properties {

                    /** That index. */
                    nextIndex?: (number|null);

                    /** Tokens are missing: send again from there. */
                    isBehind?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Ack. */
                type $Shape = fairlead.dataplane.v1.Ack.$Properties;
            }

            /**
             * Properties of a Frame.
             * @deprecated Use fairlead.dataplane.v1.Frame.$Properties instead.
             */
            interface IFrame extends fairlead.dataplane.v1.Frame.$Properties {
            }

            /** What a worker has to say on this lane after one engine step, in its order. */
            class Frame {

                /**
                 * Constructs a new Frame.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Frame.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** At least one. */
                events: fairlead.dataplane.v1.Event.$Properties[];

                /**
                 * Creates a new Frame instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Frame instance
                 */
                static create(properties: fairlead.dataplane.v1.Frame.$Shape): fairlead.dataplane.v1.Frame & fairlead.dataplane.v1.Frame.$Shape;
                static create(properties?: fairlead.dataplane.v1.Frame.$Properties): fairlead.dataplane.v1.Frame;

                /**
                 * Encodes the specified Frame message. Does not implicitly {@link fairlead.dataplane.v1.Frame.verify|verify} messages.
                 * @param message Frame message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Frame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Frame message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Frame & fairlead.dataplane.v1.Frame.$Shape} Frame
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Frame & fairlead.dataplane.v1.Frame.$Shape;

                /**
                 * Gets the type url for Frame
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Frame {

                /** Properties of a Frame. */
                interface $Properties {

                    /** At least one. */
                    events?: (fairlead.dataplane.v1.Event.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Frame. */
                type $Shape = {
                  events?: fairlead.dataplane.v1.Event.$Shape[]|null;
                  $unknowns?: Uint8Array[];
                };
            }

            /**
             * Properties of an Event.
             * @deprecated Use fairlead.dataplane.v1.Event.$Properties instead.
             */
            interface IEvent extends fairlead.dataplane.v1.Event.$Properties {
            }

            /** What one session is told. */
            class Event {

                /**
                 * Constructs a new Event.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Event.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** The request. */
                requestId: string;

                /** Which attempt of it, from 1. */
                attempt: number;

                /** Output tokens. */
                output?: (fairlead.dataplane.v1.Output.$Properties|null);

                /** The start was accepted. */
                started?: (fairlead.dataplane.v1.Started.$Properties|null);

                /** The start was refused. */
                startRefused?: (fairlead.dataplane.v1.StartRefused.$Properties|null);

                /** No tokens, but the sequence lives. */
                alive?: (fairlead.dataplane.v1.Alive.$Properties|null);

                /** The sequence is given up without a failure of its own. */
                returned?: (fairlead.dataplane.v1.Returned.$Properties|null);

                /** The attempt is this session's now. */
                attached?: (fairlead.dataplane.v1.Attached.$Properties|null);

                /** It is not handed over. */
                attachRefused?: (fairlead.dataplane.v1.AttachRefused.$Properties|null);

                /** Another session has taken it over. */
                detached?: (fairlead.dataplane.v1.Detached.$Properties|null);

                /** The session's own id, of one that took another's stream over. Empty: the request's. */
                sessionId: string;

                /** What is told. */
                what?: ("output"|"started"|"startRefused"|"alive"|"returned"|"attached"|"attachRefused"|"detached");

                /**
                 * Creates a new Event instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Event instance
                 */
                static create(properties: fairlead.dataplane.v1.Event.$Shape): fairlead.dataplane.v1.Event & fairlead.dataplane.v1.Event.$Shape;
                static create(properties?: fairlead.dataplane.v1.Event.$Properties): fairlead.dataplane.v1.Event;

                /**
                 * Encodes the specified Event message. Does not implicitly {@link fairlead.dataplane.v1.Event.verify|verify} messages.
                 * @param message Event message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Event.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Event message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Event & fairlead.dataplane.v1.Event.$Shape} Event
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Event & fairlead.dataplane.v1.Event.$Shape;

                /**
                 * Gets the type url for Event
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Event {

                /** Properties of an Event. */
                interface $Properties {

                    /** The request. */
                    requestId?: (string|null);

                    /** Which attempt of it, from 1. */
                    attempt?: (number|null);

                    /** Output tokens. */
                    output?: (fairlead.dataplane.v1.Output.$Properties|null);

                    /** The start was accepted. */
                    started?: (fairlead.dataplane.v1.Started.$Properties|null);

                    /** The start was refused. */
                    startRefused?: (fairlead.dataplane.v1.StartRefused.$Properties|null);

                    /** No tokens, but the sequence lives. */
                    alive?: (fairlead.dataplane.v1.Alive.$Properties|null);

                    /** The sequence is given up without a failure of its own. */
                    returned?: (fairlead.dataplane.v1.Returned.$Properties|null);

                    /** The attempt is this session's now. */
                    attached?: (fairlead.dataplane.v1.Attached.$Properties|null);

                    /** It is not handed over. */
                    attachRefused?: (fairlead.dataplane.v1.AttachRefused.$Properties|null);

                    /** Another session has taken it over. */
                    detached?: (fairlead.dataplane.v1.Detached.$Properties|null);

                    /** The session's own id, of one that took another's stream over. Empty: the request's. */
                    sessionId?: (string|null);

                    /** What is told. */
                    what?: ("output"|"started"|"startRefused"|"alive"|"returned"|"attached"|"attachRefused"|"detached");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of an Event. */
                type $Shape = {
                  requestId?: string|null;
                  attempt?: number|null;
                  output?: fairlead.dataplane.v1.Output.$Shape|null;
                  started?: fairlead.dataplane.v1.Started.$Shape|null;
                  startRefused?: fairlead.dataplane.v1.StartRefused.$Shape|null;
                  alive?: fairlead.dataplane.v1.Alive.$Shape|null;
                  returned?: fairlead.dataplane.v1.Returned.$Shape|null;
                  attached?: fairlead.dataplane.v1.Attached.$Shape|null;
                  attachRefused?: fairlead.dataplane.v1.AttachRefused.$Shape|null;
                  detached?: fairlead.dataplane.v1.Detached.$Shape|null;
                  sessionId?: string|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ what?: undefined; output?: null; started?: null; startRefused?: null; alive?: null; returned?: null; attached?: null; attachRefused?: null; detached?: null }|{ what?: "output"; output: fairlead.dataplane.v1.Output.$Shape; started?: null; startRefused?: null; alive?: null; returned?: null; attached?: null; attachRefused?: null; detached?: null }|{ what?: "started"; output?: null; started: fairlead.dataplane.v1.Started.$Shape; startRefused?: null; alive?: null; returned?: null; attached?: null; attachRefused?: null; detached?: null }|{ what?: "startRefused"; output?: null; started?: null; startRefused: fairlead.dataplane.v1.StartRefused.$Shape; alive?: null; returned?: null; attached?: null; attachRefused?: null; detached?: null }|{ what?: "alive"; output?: null; started?: null; startRefused?: null; alive: fairlead.dataplane.v1.Alive.$Shape; returned?: null; attached?: null; attachRefused?: null; detached?: null }|{ what?: "returned"; output?: null; started?: null; startRefused?: null; alive?: null; returned: fairlead.dataplane.v1.Returned.$Shape; attached?: null; attachRefused?: null; detached?: null }|{ what?: "attached"; output?: null; started?: null; startRefused?: null; alive?: null; returned?: null; attached: fairlead.dataplane.v1.Attached.$Shape; attachRefused?: null; detached?: null }|{ what?: "attachRefused"; output?: null; started?: null; startRefused?: null; alive?: null; returned?: null; attached?: null; attachRefused: fairlead.dataplane.v1.AttachRefused.$Shape; detached?: null }|{ what?: "detached"; output?: null; started?: null; startRefused?: null; alive?: null; returned?: null; attached?: null; attachRefused?: null; detached: fairlead.dataplane.v1.Detached.$Shape })
                );
            }

            /**
             * Properties of an Output.
             * @deprecated Use fairlead.dataplane.v1.Output.$Properties instead.
             */
            interface IOutput extends fairlead.dataplane.v1.Output.$Properties {
            }

            /** Output tokens of one step, or sent again. */
            class Output {

                /**
                 * Constructs a new Output.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Output.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Index of the first in the request's output. */
                firstIndex: number;

                /** Token ids. */
                tokens: number[];

                /** On the last of an attempt that reached its end. */
                end?: (fairlead.dataplane.v1.End.$Properties|null);

                /**
                 * Creates a new Output instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Output instance
                 */
                static create(properties: fairlead.dataplane.v1.Output.$Shape): fairlead.dataplane.v1.Output & fairlead.dataplane.v1.Output.$Shape;
                static create(properties?: fairlead.dataplane.v1.Output.$Properties): fairlead.dataplane.v1.Output;

                /**
                 * Encodes the specified Output message. Does not implicitly {@link fairlead.dataplane.v1.Output.verify|verify} messages.
                 * @param message Output message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Output.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Output message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Output & fairlead.dataplane.v1.Output.$Shape} Output
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Output & fairlead.dataplane.v1.Output.$Shape;

                /**
                 * Gets the type url for Output
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Output {

                /** Properties of an Output. */
                interface $Properties {

                    /** Index of the first in the request's output. */
                    firstIndex?: (number|null);

                    /** Token ids. */
                    tokens?: (number[]|null);

                    /** On the last of an attempt that reached its end. */
                    end?: (fairlead.dataplane.v1.End.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Output. */
                type $Shape = fairlead.dataplane.v1.Output.$Properties;
            }

            /**
             * Properties of an End.
             * @deprecated Use fairlead.dataplane.v1.End.$Properties instead.
             */
            interface IEnd extends fairlead.dataplane.v1.End.$Properties {
            }

            /** An attempt reached its end. */
            class End {

                /**
                 * Constructs a new End.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.End.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Why. */
                reason: fairlead.dataplane.v1.FinishReason;

                /** What it took. */
                totals?: (fairlead.dataplane.v1.Totals.$Properties|null);

                /**
                 * Creates a new End instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns End instance
                 */
                static create(properties: fairlead.dataplane.v1.End.$Shape): fairlead.dataplane.v1.End & fairlead.dataplane.v1.End.$Shape;
                static create(properties?: fairlead.dataplane.v1.End.$Properties): fairlead.dataplane.v1.End;

                /**
                 * Encodes the specified End message. Does not implicitly {@link fairlead.dataplane.v1.End.verify|verify} messages.
                 * @param message End message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.End.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an End message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.End & fairlead.dataplane.v1.End.$Shape} End
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.End & fairlead.dataplane.v1.End.$Shape;

                /**
                 * Gets the type url for End
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace End {

                /** Properties of an End. */
                interface $Properties {

                    /** Why. */
                    reason?: (fairlead.dataplane.v1.FinishReason|null);

                    /** What it took. */
                    totals?: (fairlead.dataplane.v1.Totals.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an End. */
                type $Shape = fairlead.dataplane.v1.End.$Properties;
            }

            /** Why an output ended. */
            enum FinishReason {

                /** Not said: malformed. */
                FINISH_REASON_UNSPECIFIED = 0,

                /** A natural end. */
                STOP = 1,

                /** As long as it may be. */
                LENGTH = 2,

                /** The session wanted no more. */
                CANCELLED = 3
            }

            /**
             * Properties of a Totals.
             * @deprecated Use fairlead.dataplane.v1.Totals.$Properties instead.
             */
            interface ITotals extends fairlead.dataplane.v1.Totals.$Properties {
            }

            /** Executed for one attempt so far; every field only grows. */
            class Totals {

                /**
                 * Constructs a new Totals.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Totals.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Prompt tokens computed. */
                prefillTokens: number;

                /** Prompt tokens found in the prefix cache. */
                cachedTokens: number;

                /** Output tokens produced. */
                outputTokens: number;

                /** KV blocks held x milliseconds. */
                kvBlockMs: number;

                /** Its share of the steps it was in, microseconds x GPUs. */
                gpuUs: number;

                /** Time in prefill. */
                prefillMs: number;

                /** Time in decode. */
                decodeMs: number;

                /** How often its blocks were taken. */
                preemptions: number;

                /**
                 * Creates a new Totals instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Totals instance
                 */
                static create(properties: fairlead.dataplane.v1.Totals.$Shape): fairlead.dataplane.v1.Totals & fairlead.dataplane.v1.Totals.$Shape;
                static create(properties?: fairlead.dataplane.v1.Totals.$Properties): fairlead.dataplane.v1.Totals;

                /**
                 * Encodes the specified Totals message. Does not implicitly {@link fairlead.dataplane.v1.Totals.verify|verify} messages.
                 * @param message Totals message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Totals.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Totals message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Totals & fairlead.dataplane.v1.Totals.$Shape} Totals
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Totals & fairlead.dataplane.v1.Totals.$Shape;

                /**
                 * Gets the type url for Totals
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Totals {

                /** Properties of a Totals. */
                interface $Properties {

                    /** Prompt tokens computed. */
                    prefillTokens?: (number|null);

                    /** Prompt tokens found in the prefix cache. */
                    cachedTokens?: (number|null);

                    /** Output tokens produced. */
                    outputTokens?: (number|null);

                    /** KV blocks held x milliseconds. */
                    kvBlockMs?: (number|null);

                    /** Its share of the steps it was in, microseconds x GPUs. */
                    gpuUs?: (number|null);

                    /** Time in prefill. */
                    prefillMs?: (number|null);

                    /** Time in decode. */
                    decodeMs?: (number|null);

                    /** How often its blocks were taken. */
                    preemptions?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Totals. */
                type $Shape = fairlead.dataplane.v1.Totals.$Properties;
            }

            /**
             * Properties of a Started.
             * @deprecated Use fairlead.dataplane.v1.Started.$Properties instead.
             */
            interface IStarted extends fairlead.dataplane.v1.Started.$Properties {
            }

            /** The start was accepted. */
            class Started {

                /**
                 * Constructs a new Started.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Started.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** The life of the worker that runs it. */
                incarnation: number;

                /** What computes it. */
                workerType: string;

                /** Where it is computed. */
                zone: string;

                /**
                 * Creates a new Started instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Started instance
                 */
                static create(properties: fairlead.dataplane.v1.Started.$Shape): fairlead.dataplane.v1.Started & fairlead.dataplane.v1.Started.$Shape;
                static create(properties?: fairlead.dataplane.v1.Started.$Properties): fairlead.dataplane.v1.Started;

                /**
                 * Encodes the specified Started message. Does not implicitly {@link fairlead.dataplane.v1.Started.verify|verify} messages.
                 * @param message Started message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Started.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Started message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Started & fairlead.dataplane.v1.Started.$Shape} Started
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Started & fairlead.dataplane.v1.Started.$Shape;

                /**
                 * Gets the type url for Started
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Started {

                /** Properties of a Started. */
                interface $Properties {

                    /** The life of the worker that runs it. */
                    incarnation?: (number|null);

                    /** What computes it. */
                    workerType?: (string|null);

                    /** Where it is computed. */
                    zone?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Started. */
                type $Shape = fairlead.dataplane.v1.Started.$Properties;
            }

            /**
             * Properties of an Attached.
             * @deprecated Use fairlead.dataplane.v1.Attached.$Properties instead.
             */
            interface IAttached extends fairlead.dataplane.v1.Attached.$Properties {
            }

            /** The attempt is this session's now; its tokens follow. */
            class Attached {

                /**
                 * Constructs a new Attached.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Attached.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** As it was started, without its prefix; without its prompt if the worker does not keep it. */
                start?: (fairlead.dataplane.v1.Start.$Properties|null);

                /** What computes it. */
                workerType: string;

                /** It reached its end. */
                isOver: boolean;

                /** Where it is computed. */
                zone: string;

                /**
                 * Creates a new Attached instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Attached instance
                 */
                static create(properties: fairlead.dataplane.v1.Attached.$Shape): fairlead.dataplane.v1.Attached & fairlead.dataplane.v1.Attached.$Shape;
                static create(properties?: fairlead.dataplane.v1.Attached.$Properties): fairlead.dataplane.v1.Attached;

                /**
                 * Encodes the specified Attached message. Does not implicitly {@link fairlead.dataplane.v1.Attached.verify|verify} messages.
                 * @param message Attached message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Attached.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Attached message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Attached & fairlead.dataplane.v1.Attached.$Shape} Attached
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Attached & fairlead.dataplane.v1.Attached.$Shape;

                /**
                 * Gets the type url for Attached
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Attached {

                /** Properties of an Attached. */
                interface $Properties {

                    /** As it was started, without its prefix; without its prompt if the worker does not keep it. */
                    start?: (fairlead.dataplane.v1.Start.$Properties|null);

                    /** What computes it. */
                    workerType?: (string|null);

                    /** It reached its end. */
                    isOver?: (boolean|null);

                    /** Where it is computed. */
                    zone?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Attached. */
                type $Shape = fairlead.dataplane.v1.Attached.$Properties;
            }

            /**
             * Properties of an AttachRefused.
             * @deprecated Use fairlead.dataplane.v1.AttachRefused.$Properties instead.
             */
            interface IAttachRefused extends fairlead.dataplane.v1.AttachRefused.$Properties {
            }

            /** The attempt is not handed over. */
            class AttachRefused {

                /**
                 * Constructs a new AttachRefused.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.AttachRefused.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Why. */
                reason: fairlead.dataplane.v1.AttachRefusedReason;

                /**
                 * Creates a new AttachRefused instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns AttachRefused instance
                 */
                static create(properties: fairlead.dataplane.v1.AttachRefused.$Shape): fairlead.dataplane.v1.AttachRefused & fairlead.dataplane.v1.AttachRefused.$Shape;
                static create(properties?: fairlead.dataplane.v1.AttachRefused.$Properties): fairlead.dataplane.v1.AttachRefused;

                /**
                 * Encodes the specified AttachRefused message. Does not implicitly {@link fairlead.dataplane.v1.AttachRefused.verify|verify} messages.
                 * @param message AttachRefused message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.AttachRefused.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AttachRefused message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.AttachRefused & fairlead.dataplane.v1.AttachRefused.$Shape} AttachRefused
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.AttachRefused & fairlead.dataplane.v1.AttachRefused.$Shape;

                /**
                 * Gets the type url for AttachRefused
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace AttachRefused {

                /** Properties of an AttachRefused. */
                interface $Properties {

                    /** Why. */
                    reason?: (fairlead.dataplane.v1.AttachRefusedReason|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AttachRefused. */
                type $Shape = fairlead.dataplane.v1.AttachRefused.$Properties;
            }

            /** Why an attempt was not handed over. */
            enum AttachRefusedReason {

                /** Not said: malformed. */
                ATTACH_REFUSED_REASON_UNSPECIFIED = 0,

                /** The worker keeps nothing of it. */
                GONE = 1,

                /** The client claims more than there is. */
                BEYOND_OUTPUT = 2,

                /** The client's key does not allow what it was asked of. */
                OTHER_MODEL = 3
            }

            /**
             * Properties of a Detached.
             * @deprecated Use fairlead.dataplane.v1.Detached.$Properties instead.
             */
            interface IDetached extends fairlead.dataplane.v1.Detached.$Properties {
            }

            /** Another session has taken the attempt over: this one is told no more of it, and not obeyed. */
            class Detached {

                /**
                 * Constructs a new Detached.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Detached.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Creates a new Detached instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Detached instance
                 */
                static create(properties: fairlead.dataplane.v1.Detached.$Shape): fairlead.dataplane.v1.Detached & fairlead.dataplane.v1.Detached.$Shape;
                static create(properties?: fairlead.dataplane.v1.Detached.$Properties): fairlead.dataplane.v1.Detached;

                /**
                 * Encodes the specified Detached message. Does not implicitly {@link fairlead.dataplane.v1.Detached.verify|verify} messages.
                 * @param message Detached message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Detached.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Detached message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Detached & fairlead.dataplane.v1.Detached.$Shape} Detached
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Detached & fairlead.dataplane.v1.Detached.$Shape;

                /**
                 * Gets the type url for Detached
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Detached {

                /** Properties of a Detached. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Detached. */
                type $Shape = fairlead.dataplane.v1.Detached.$Properties;
            }

            /**
             * Properties of a StartRefused.
             * @deprecated Use fairlead.dataplane.v1.StartRefused.$Properties instead.
             */
            interface IStartRefused extends fairlead.dataplane.v1.StartRefused.$Properties {
            }

            /** The worker will not start this attempt. */
            class StartRefused {

                /**
                 * Constructs a new StartRefused.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.StartRefused.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Why. */
                reason: fairlead.dataplane.v1.StartRefusedReason;

                /** The next attempt may succeed. */
                retryable: boolean;

                /**
                 * Creates a new StartRefused instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns StartRefused instance
                 */
                static create(properties: fairlead.dataplane.v1.StartRefused.$Shape): fairlead.dataplane.v1.StartRefused & fairlead.dataplane.v1.StartRefused.$Shape;
                static create(properties?: fairlead.dataplane.v1.StartRefused.$Properties): fairlead.dataplane.v1.StartRefused;

                /**
                 * Encodes the specified StartRefused message. Does not implicitly {@link fairlead.dataplane.v1.StartRefused.verify|verify} messages.
                 * @param message StartRefused message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.StartRefused.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a StartRefused message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.StartRefused & fairlead.dataplane.v1.StartRefused.$Shape} StartRefused
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.StartRefused & fairlead.dataplane.v1.StartRefused.$Shape;

                /**
                 * Gets the type url for StartRefused
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace StartRefused {

                /** Properties of a StartRefused. */
                interface $Properties {

                    /** Why. */
                    reason?: (fairlead.dataplane.v1.StartRefusedReason|null);

                    /** The next attempt may succeed. */
                    retryable?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a StartRefused. */
                type $Shape = fairlead.dataplane.v1.StartRefused.$Properties;
            }

            /** Why an attempt was not started. */
            enum StartRefusedReason {

                /** Not said: malformed. */
                START_REFUSED_REASON_UNSPECIFIED = 0,

                /** Its owner was replaced. */
                STALE_EPOCH = 1,

                /** Meant for another life of this worker. */
                STALE_INCARNATION = 2,

                /** A later attempt is known. */
                STALE_ATTEMPT = 3,

                /** The router took it back. */
                VOIDED = 4,

                /** No room. */
                NO_CAPACITY = 5,

                /** No new work here. */
                DRAINING = 6,

                /** The adapter is not loaded. */
                ADAPTER_MISSING = 7,

                /** The tenant may not use it. */
                ADAPTER_FORBIDDEN = 8,

                /** The worker is not registered. */
                NOT_PLACED = 9,

                /** The engine would not say the same again. */
                NOT_REPLAYABLE = 10,

                /** It may not run in this worker's zone. */
                OUTSIDE_RESIDENCY = 11
            }

            /**
             * Properties of an Alive.
             * @deprecated Use fairlead.dataplane.v1.Alive.$Properties instead.
             */
            interface IAlive extends fairlead.dataplane.v1.Alive.$Properties {
            }

            /** The sequence lives though it is silent. */
            class Alive {

                /**
                 * Constructs a new Alive.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Alive.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Output tokens so far, over all attempts. */
                outputTokens: number;

                /** The worker's engine says nothing at all, though it is asked. */
                isEngineSilent: boolean;

                /** What it has had so far: should its worker die, its bill knows of it. Absent: of a worker that does not say. */
                totals?: (fairlead.dataplane.v1.Totals.$Properties|null);

                /**
                 * Creates a new Alive instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Alive instance
                 */
                static create(properties: fairlead.dataplane.v1.Alive.$Shape): fairlead.dataplane.v1.Alive & fairlead.dataplane.v1.Alive.$Shape;
                static create(properties?: fairlead.dataplane.v1.Alive.$Properties): fairlead.dataplane.v1.Alive;

                /**
                 * Encodes the specified Alive message. Does not implicitly {@link fairlead.dataplane.v1.Alive.verify|verify} messages.
                 * @param message Alive message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Alive.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Alive message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Alive & fairlead.dataplane.v1.Alive.$Shape} Alive
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Alive & fairlead.dataplane.v1.Alive.$Shape;

                /**
                 * Gets the type url for Alive
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Alive {

                /** Properties of an Alive. */
                interface $Properties {

                    /** Output tokens so far, over all attempts. */
                    outputTokens?: (number|null);

                    /** The worker's engine says nothing at all, though it is asked. */
                    isEngineSilent?: (boolean|null);

                    /** What it has had so far: should its worker die, its bill knows of it. Absent: of a worker that does not say. */
                    totals?: (fairlead.dataplane.v1.Totals.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Alive. */
                type $Shape = fairlead.dataplane.v1.Alive.$Properties;
            }

            /**
             * Properties of a Returned.
             * @deprecated Use fairlead.dataplane.v1.Returned.$Properties instead.
             */
            interface IReturned extends fairlead.dataplane.v1.Returned.$Properties {
            }

            /** The worker gives the sequence up: ask for the next attempt. */
            class Returned {

                /**
                 * Constructs a new Returned.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Returned.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Why. */
                reason: fairlead.dataplane.v1.ReturnedReason;

                /** What it took. */
                totals?: (fairlead.dataplane.v1.Totals.$Properties|null);

                /** When its engine crashed. */
                crash?: (fairlead.dataplane.v1.Crash.$Properties|null);

                /**
                 * Creates a new Returned instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Returned instance
                 */
                static create(properties: fairlead.dataplane.v1.Returned.$Shape): fairlead.dataplane.v1.Returned & fairlead.dataplane.v1.Returned.$Shape;
                static create(properties?: fairlead.dataplane.v1.Returned.$Properties): fairlead.dataplane.v1.Returned;

                /**
                 * Encodes the specified Returned message. Does not implicitly {@link fairlead.dataplane.v1.Returned.verify|verify} messages.
                 * @param message Returned message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Returned.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Returned message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Returned & fairlead.dataplane.v1.Returned.$Shape} Returned
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Returned & fairlead.dataplane.v1.Returned.$Shape;

                /**
                 * Gets the type url for Returned
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Returned {

                /** Properties of a Returned. */
                interface $Properties {

                    /** Why. */
                    reason?: (fairlead.dataplane.v1.ReturnedReason|null);

                    /** What it took. */
                    totals?: (fairlead.dataplane.v1.Totals.$Properties|null);

                    /** When its engine crashed. */
                    crash?: (fairlead.dataplane.v1.Crash.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Returned. */
                type $Shape = fairlead.dataplane.v1.Returned.$Properties;
            }

            /**
             * Properties of a Crash.
             * @deprecated Use fairlead.dataplane.v1.Crash.$Properties instead.
             */
            interface ICrash extends fairlead.dataplane.v1.Crash.$Properties {
            }

            /** An engine died with this in flight. */
            class Crash {

                /**
                 * Constructs a new Crash.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: fairlead.dataplane.v1.Crash.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** And with nothing else. */
                isAlone: boolean;

                /** The output token that was due. */
                outputIndex: number;

                /**
                 * Creates a new Crash instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Crash instance
                 */
                static create(properties: fairlead.dataplane.v1.Crash.$Shape): fairlead.dataplane.v1.Crash & fairlead.dataplane.v1.Crash.$Shape;
                static create(properties?: fairlead.dataplane.v1.Crash.$Properties): fairlead.dataplane.v1.Crash;

                /**
                 * Encodes the specified Crash message. Does not implicitly {@link fairlead.dataplane.v1.Crash.verify|verify} messages.
                 * @param message Crash message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: fairlead.dataplane.v1.Crash.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Crash message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {fairlead.dataplane.v1.Crash & fairlead.dataplane.v1.Crash.$Shape} Crash
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): fairlead.dataplane.v1.Crash & fairlead.dataplane.v1.Crash.$Shape;

                /**
                 * Gets the type url for Crash
                 * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
                 * @returns The type url
                 */
                static getTypeUrl(prefix?: string): string;
            }

            namespace Crash {

                /** Properties of a Crash. */
                interface $Properties {

                    /** And with nothing else. */
                    isAlone?: (boolean|null);

                    /** The output token that was due. */
                    outputIndex?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Crash. */
                type $Shape = fairlead.dataplane.v1.Crash.$Properties;
            }

            /** Why a sequence was given up. */
            enum ReturnedReason {

                /** Not said: malformed. */
                RETURNED_REASON_UNSPECIFIED = 0,

                /** Its blocks were taken for too long. */
                RETURNED_PREEMPTED = 1,

                /** The worker drains. */
                RETURNED_DRAINING = 2,

                /** Its engine lost it. */
                RETURNED_ENGINE_LOST = 3,

                /** Its adapter is gone. */
                RETURNED_ADAPTER_LOST = 4,

                /** The router took it back. */
                RETURNED_VOIDED = 5,

                /** Its engine died, with everything in flight. */
                RETURNED_ENGINE_CRASHED = 6
            }
        }
    }
}
