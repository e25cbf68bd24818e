import HTTPTransport

/// The beginning of a file during its transfer; only the number of bytes is kept.
final class SampleDownload {
    private var byteCount: UInt64 = 0
    /// The number of bytes that are wanted.
    private let limit: UInt64

    init(limit: UInt64) {
        self.limit = limit
    }

    func receive(_ piece: WebClient.Piece) -> WebClient.Reception {
        byteCount += UInt64(piece.bytes.count)
        return byteCount < limit ? .taken : .enough
    }

    /// The transfer, if it was complete or reached the time limit; nil if it ended for another
    /// reason.
    func transfer(_ answer: WebClient.Answer) -> Transfer? {
        guard let pace = answer.pace else { return nil }
        switch answer.result {
        case .success(let head):
            guard head.status == 200, byteCount >= limit else { return nil }
        case .failure(let failure):
            guard failure.kind == .timedOut else { return nil }
        }
        return Transfer(
            byteCount: min(byteCount, limit),
            seconds: pace.seconds,
            roundTripSeconds: pace.roundTripSeconds
        )
    }
}
