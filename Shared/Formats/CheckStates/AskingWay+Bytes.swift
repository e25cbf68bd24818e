import BlobFormat
import Time

// A way of asking as check states and agendas keep it.
extension ByteWriter {
    mutating func append(_ remembered: RememberedWay?) {
        appendVarint(UInt64(remembered?.way.method.rawValue ?? 0))
        guard let remembered else { return }
        let way = remembered.way
        appendVarint(UInt64(min(max(way.depth, 0), AskingWay.limit)))
        appendVarint(
            way.answersPerConnection.map { UInt64(min(max($0, 0), AskingWay.limit)) + 1 } ?? 0
        )
        append(time: remembered.foundAt)
    }
}

extension ByteReader {
    /// Nil for none, and for one that a later version found: it is found out anew.
    mutating func readWay() throws(BlobFormatError) -> RememberedWay? {
        let number = try readVarint(of: "the way", atMost: 255)
        guard number > 0 else { return nil }
        let limit = UInt64(AskingWay.limit)
        let depth = Int(try readVarint(of: "the depth", atMost: limit))
        let answerCount = try readVarint(of: "answers per connection", atMost: limit + 1)
        let foundAt = try readTime(of: "found at") ?? Timestamp(secondsSinceEpoch: 0)
        guard let method = AskingWay.Method(rawValue: UInt8(number)) else { return nil }
        let way = AskingWay(
            method,
            depth: depth,
            answersPerConnection: answerCount == 0 ? nil : Int(answerCount - 1)
        )
        return RememberedWay(way, foundAt: foundAt)
    }
}
