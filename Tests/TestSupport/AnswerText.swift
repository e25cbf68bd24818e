/// The parts of an HTTP answer, parsed for tests, independently of the product.
package struct AnswerText {
    package let head: String
    package let status: String
    /// By name in lower case.
    package var fields: [String: String] = [:]
    package let body: String

    package init(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let end = text.firstRange(of: "\r\n\r\n")
        head = end.map { String(text[..<$0.lowerBound]) } ?? text
        body = end.map { String(text[$0.upperBound...]) } ?? ""
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        status = lines.popFirst().map(String.init) ?? ""
        for line in lines {
            guard let colon = line.firstRange(of: ": ") else { continue }
            fields[line[..<colon.lowerBound].lowercased()] = String(line[colon.upperBound...])
        }
    }
}
