import BlobFormat
import Time

// A strategy as check states and agendas store it.
extension ByteWriter {
    mutating func append(_ remembered: RememberedStrategy?) {
        appendVarint(UInt64(remembered?.strategy.method.rawValue ?? 0))
        guard let remembered else { return }
        let strategy = remembered.strategy
        appendVarint(UInt64(min(max(strategy.depth, 0), AskingStrategy.limit)))
        appendVarint(
            strategy.answersPerConnection.map { UInt64(min(max($0, 0), AskingStrategy.limit)) + 1 }
                ?? 0
        )
        append(time: remembered.foundAt)
    }
}

extension ByteReader {
    /// Nil for none, and for one from a later version, which is determined again.
    mutating func readStrategy() throws(BlobFormatError) -> RememberedStrategy? {
        let number = try readVarint(of: "the way", atMost: 255)
        guard number > 0 else { return nil }
        let limit = UInt64(AskingStrategy.limit)
        let depth = Int(try readVarint(of: "the depth", atMost: limit))
        let answerCount = try readVarint(of: "answers per connection", atMost: limit + 1)
        let foundAt = try readTime(of: "found at") ?? Timestamp(secondsSinceEpoch: 0)
        guard let method = AskingStrategy.Method(rawValue: UInt8(number)) else { return nil }
        let strategy = AskingStrategy(
            method,
            depth: depth,
            answersPerConnection: answerCount == 0 ? nil : Int(answerCount - 1)
        )
        return RememberedStrategy(strategy, foundAt: foundAt)
    }
}
