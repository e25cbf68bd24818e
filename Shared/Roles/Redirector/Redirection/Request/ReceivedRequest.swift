import Bytes

/// A request being answered: its head, its bytes, and its peer.
struct ReceivedRequest: ~Escapable {
    /// Its target is the one that the client requested; see ``RequestHead/originalTarget(in:_:)``.
    let head: RequestHead
    /// The bytes, which begin with the head.
    let bytes: Span<UInt8>
    let peer: Responder.Peer
    /// In seconds since 1970.
    let now: Int64
    /// Whether the connection ends with the answer.
    let closing: Bool
    /// The client, as a trusted peer describes it; nil if the peer is the client.
    let forwarded: ForwardedFields?

    @_lifetime(copy bytes)
    init(
        _ head: RequestHead,
        in bytes: Span<UInt8>,
        from peer: Responder.Peer,
        now: Int64,
        closing: Bool,
        forwarded: ForwardedFields?
    ) {
        var head = head
        head.target = head.originalTarget(in: bytes, forwarded)
        self.head = head
        self.bytes = bytes
        self.peer = peer
        self.now = now
        self.closing = closing
        self.forwarded = forwarded
    }

    /// The bytes of the target.
    var target: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes.extracting(head.target) }
    }
}
