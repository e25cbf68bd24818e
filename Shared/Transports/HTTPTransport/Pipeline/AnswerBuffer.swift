import Bytes
import CCurl

/// Collects the header and the body of one answer, with a limit on the body.
final class AnswerBuffer {
    private(set) var headers: [HTTPHeader] = []
    private(set) var body: [UInt8] = []
    private(set) var isOverLimit = false
    private let bodyLimit: Int
    /// The number of bytes in all header lines, including those of earlier answers.
    private var headerByteCount = 0

    /// Newer releases of libcurl have the same limit.
    private static let headerLimit = 307_200

    init(bodyLimit: Int) {
        self.bodyLimit = bodyLimit
    }

    /// Makes `handle` write to it; the buffer must outlive the transfer.
    func collect(from handle: EasyHandle) {
        let context = unsafe UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        unsafe handle.setWriteFunction(CURLOPT_WRITEFUNCTION, Self.receiveBody)
        unsafe handle.set(CURLOPT_WRITEDATA, context)
        unsafe handle.setWriteFunction(CURLOPT_HEADERFUNCTION, Self.receiveHeaderLine)
        unsafe handle.set(CURLOPT_HEADERDATA, context)
    }

    /// libcurl's callback; any return value but the byte count ends the transfer.
    private static let receiveBody:
        @convention(c) (
            UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?
        ) -> Int = { start, _, count, context in
            guard let start = unsafe start, let context = unsafe context else { return 0 }
            let answer = unsafe Unmanaged<AnswerBuffer>.fromOpaque(context).takeUnretainedValue()
            guard count <= answer.bodyLimit - answer.body.count else {
                answer.isOverLimit = true
                return 0
            }
            unsafe answer.body.append(
                contentsOf: UnsafeRawBufferPointer(start: start, count: count)
            )
            return count
        }

    private static let receiveHeaderLine:
        @convention(c) (
            UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?
        ) -> Int = { start, _, count, context in
            guard let start = unsafe start, let context = unsafe context else { return 0 }
            let answer = unsafe Unmanaged<AnswerBuffer>.fromOpaque(context).takeUnretainedValue()
            // Each line is short: libcurl limits it.
            answer.headerByteCount += count
            guard answer.headerByteCount <= headerLimit else { return 0 }
            let line = unsafe String(
                decoding: UnsafeRawBufferPointer(start: start, count: count),
                as: UTF8.self
            )
            answer.add(line)
            return count
        }

    /// A status line starts again: an interim answer (100, 103) may have preceded it.
    private func add(_ line: String) {
        if line.hasPrefix("HTTP/") {
            headers.removeAll()
            return
        }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...]
        headers.append(HTTPHeader(String(line[..<colon]), Self.trimmed(value)))
        if headers.last?.name.lowercased() == "content-length",
            let byteCount = headers.last.flatMap({ Int($0.value) })
        {
            body.reserveCapacity(min(max(byteCount, 0), bodyLimit, 1 << 26))
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
