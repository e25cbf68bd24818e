import CheckPlanning
import HTTPTransport
import HealthFormat

// What a server's replies mean.
extension FTPTransport {
    /// Translates a reply to `SIZE`, `RETR` or `CWD` to HTTP's terms.
    static func reply(to question: Question, _ reply: FTPReply) -> Reply {
        if question.isDirectory, reply.kind == 2 { return .answered(status: 200, byteCount: nil) }
        if reply.code == 213 {
            let digits = reply.text.prefix { ("0"..."9").contains($0) }
            guard let byteCount = UInt64(digits) else {
                return .unusable(
                    reason: "no size: \(reply.text.prefix(100))",
                    outage: .malformed
                )
            }
            return .answered(status: 200, byteCount: byteCount)
        }
        if reply.code == 550 { return .answered(status: 404, byteCount: nil) }
        return .unusable(
            reason: "\(reply.code) \(reply.text.prefix(200))",
            outage: .status(UInt16(clamping: reply.code))
        )
    }

    /// The length in "150 Opening BINARY mode data connection for a.tar (12345 bytes)"; nil if
    /// there is none.
    static func announcedByteCount(_ text: String) -> UInt64? {
        let words = text.split { $0 == " " || $0 == ")" || $0 == "(" }
        guard let unit = words.lastIndex(of: "bytes"), unit > 0 else { return nil }
        return UInt64(words[unit - 1])
    }
}
