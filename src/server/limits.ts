/** Every bound of the transports. Each one has a maximum, so that no client can make the daemon grow without end. */

export interface HttpLimits {
  /** Largest request body, in bytes. The service's own limit; beyond it the reply is 413. */
  readonly bodyBytesMax: number;
  /**
   * `{`, `[`, `:` and `,` in a body; beyond it the reply is 413, since parsing would hold up everybody else. The item with
   * the most elements that the service allows, 400 Ki empty strings in a list (`{"S":""},`), has 3 for each.
   */
  readonly bodyTokensMax: number;
  /**
   * A body over the limit is read and thrown away up to this many bytes, so that the sender is still there to read the
   * 413. A longer one loses its connection.
   */
  readonly discardBytesMax: number;
  /** Bodies of all connections while they arrive, in bytes. Beyond it: 503, which every SDK retries. */
  readonly receivingBytesMax: number;
  /** Requests between their last body byte and their last reply byte. Beyond it: 503, which every SDK retries. */
  readonly inFlightMax: number;
  /** Their bodies, in bytes; what is made of them takes a few times as much. Beyond it: 503. One is always let in. */
  readonly inFlightBytesMax: number;
  /** Open connections; further ones are closed at once. Each costs some 10 KB and a file descriptor. */
  readonly connectionsMax: number;
  /** Time for a request's headers, from the first byte (from the connection's start for its first request). */
  readonly headersMs: number;
  /** Time for a whole request, headers and body. */
  readonly requestMs: number;
  /** How long an idle connection is kept. Longer than SDKs keep theirs, so that they close first and nothing is lost. */
  readonly keepAliveMs: number;
  /** How long a reply may wait for a client that reads nothing of it. */
  readonly slowReaderMs: number;
  /**
   * Replies that clients have not read yet, in bytes. A large reply beyond it becomes a 503, which every SDK retries; small
   * ones are bounded by `inFlightMax`.
   */
  readonly unreadBytesMax: number;
  /** Instead of `slowReaderMs`, for who keeps others from their replies. */
  readonly pressedReaderMs: number;
  /** How often the times above are looked at. */
  readonly timeoutCheckMs: number;
}

const MiB = 1024 * 1024;

export const HTTP_LIMITS: HttpLimits = {
  bodyBytesMax: 16 * MiB,
  bodyTokensMax: 1_300_000,
  discardBytesMax: 64 * MiB,
  receivingBytesMax: 256 * MiB,
  inFlightMax: 4096,
  inFlightBytesMax: 256 * MiB,
  connectionsMax: 12_000,
  headersMs: 20_000,
  requestMs: 60_000,
  keepAliveMs: 75_000,
  slowReaderMs: 60_000,
  unreadBytesMax: 256 * MiB,
  pressedReaderMs: 2_000,
  timeoutCheckMs: 5_000,
};

/** Replies up to this size are sent whatever waits already; most of them fit the socket's own buffer. */
export const SMALL_REPLY_BYTES = 16 * 1024;

/** Callers remembered by their credential scope; see `CallerCache`. */
export const CALLERS_MAX = 1024;

export interface SocketLimits {
  /** Largest frame from a client, in bytes. Beyond it the connection is closed. */
  readonly frameBytesMax: number;
  /** Strings, numbers, lists and so on in a frame: reading very many would hold up everybody else. */
  readonly frameValuesMax: number;
  /** Beginnings of frames of all connections, in bytes. Beyond it the connection that would need more is closed. */
  readonly receivingBytesMax: number;
  /** Requests of one connection without a reply. Beyond it no more is read from it. */
  readonly inFlightMax: number;
  /** Requests without a reply of all connections, in bytes. Beyond it: 503, which clients may retry. */
  readonly inFlightBytesMax: number;
  /** Query and Scan as streams of one connection. Beyond it: 503. */
  readonly streamsMax: number;
  /** Of the items in one page of a stream. */
  readonly streamPageBytes: number;
  /** Replies that one connection has not taken yet, in bytes. Beyond it no more is read from it. */
  readonly unsentBytesMax: number;
  /** Likewise of all connections. A large reply beyond it becomes a 503. */
  readonly allUnsentBytesMax: number;
  /** Open connections; further ones are told so and closed. */
  readonly connectionsMax: number;
  /** Time for a new connection to say hello. */
  readonly helloMs: number;
  /** Time for a frame to arrive whole. */
  readonly frameMs: number;
  /** How long a client may take nothing of what waits for it. */
  readonly slowReaderMs: number;
  /** How often `helloMs` and `frameMs` are looked at. */
  readonly timeoutCheckMs: number;
  /** How long requests of one connection are answered, one after the other, before others get their turn. */
  readonly turnMs: number;
}

/** Requests between two looks at the clock. */
export const TURN_STRIDE = 4;

export const SOCKET_LIMITS: SocketLimits = {
  frameBytesMax: 16 * MiB + 64 * 1024,
  frameValuesMax: 1_300_000,
  receivingBytesMax: 256 * MiB,
  inFlightMax: 256,
  inFlightBytesMax: 256 * MiB,
  streamsMax: 64,
  streamPageBytes: 128 * 1024,
  unsentBytesMax: 256 * 1024,
  allUnsentBytesMax: 256 * MiB,
  connectionsMax: 4_000,
  helloMs: 20_000,
  frameMs: 60_000,
  slowReaderMs: 60_000,
  timeoutCheckMs: 5_000,
  turnMs: 5,
};

/** What the requests of a transport take; each is bounded by the setting `requests`. */
export interface RequestBytes {
  /** Not yet complete. */
  readonly arriving: number;
  readonly inProgress: number;
  /** Replies that wait for whoever asked. */
  readonly unread: number;
}
