import Catalogs
import CheckPlanning
import Mirrors

extension Question {
    /// Whether each byte stands for itself in a URL.
    private static let standsForItself =
        (UInt8.min ... .max).map(PercentEncoding.isUnreservedOrSlash)

    /// Appends the path as it stands in a URL below the base, all but harmless bytes escaped.
    func appendEscapedPath(to url: inout [UInt8]) {
        let bytes = path.span
        let standsForItself = Self.standsForItself.span
        var start = path.startIndex
        for index in bytes.indices where !standsForItself[Int(bytes[index])] {
            let end = path.startIndex + index
            url.append(contentsOf: path[start..<end])
            start = end + 1
            url.append(UInt8(ascii: "%"))
            url.append(PercentEncoding.upperHexDigit(bytes[index] >> 4))
            url.append(PercentEncoding.upperHexDigit(bytes[index] & 15))
        }
        url.append(contentsOf: path[start...])
        if isDirectory, url.last != UInt8(ascii: "/") { url.append(UInt8(ascii: "/")) }
    }

    /// The file that the question is about; nil for other questions.
    var fileID: FileID? {
        switch subject {
        case .file(let id), .knownFile(let id): id
        case .base, .impossibleName, .listing: nil
        }
    }

    /// Whether it asks for a file in the ordinary course, and not to see how the server is.
    var isFirstLook: Bool {
        if case .file = subject { true } else { false }
    }

    /// Whether the answer is to prove a file of the tree.
    var isAboutFile: Bool { fileID != nil }

    /// The answer to this question.
    func answered(_ reply: Reply, seconds: Double = 0, modified: Timestamp? = nil) -> Answer {
        Answer(
            accessPoint: accessPoint,
            subject: subject,
            reply: reply,
            seconds: seconds,
            modified: modified,
            address: address
        )
    }
}
