import Glibc
import Linux

/// A file or standard input, read line by line.
///
/// It buffers one chunk and one line, however long the input is.
struct ByteInput: ~Copyable {
    private let descriptor: Int32
    private let isOwned: Bool
    private let path: String
    private var chunk = [UInt8](repeating: 0, count: 65_536)
    private var chunkEnd = 0
    private var position = 0
    private var line: [UInt8] = []
    /// Whether the last line lacks a newline and may be truncated.
    private(set) var endsInsideOfALine = false

    /// Longer lines are cut here, and their readers refuse them as incomplete.
    static let lineLimit = 1 << 20

    /// Opens the file at `path`; `-` is standard input.
    init(path: String) throws(PublishingError) {
        self.path = path
        isOwned = path != "-"
        descriptor = isOwned ? unsafe open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        guard descriptor >= 0 else {
            throw .unreadableSource(name: path, reason: systemText())
        }
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// The next line without its newline, or nil at the end.
    mutating func nextLine() throws(PublishingError) -> [UInt8]? {
        line.removeAll(keepingCapacity: true)
        while true {
            if position == chunkEnd {
                guard try fill() else {
                    endsInsideOfALine = !line.isEmpty
                    return line.isEmpty ? nil : line
                }
            }
            let newline = chunk[position..<chunkEnd].firstIndex(of: UInt8(ascii: "\n"))
            let end = newline ?? chunkEnd
            if line.count < Self.lineLimit { line.append(contentsOf: chunk[position..<end]) }
            position = newline.map { $0 + 1 } ?? chunkEnd
            if newline != nil { return line }
        }
    }

    /// Reads the next chunk; false at the end.
    private mutating func fill() throws(PublishingError) -> Bool {
        position = 0
        do throws(SystemError) {
            chunkEnd = try readSome(from: descriptor, into: &chunk)
        } catch {
            throw .unreadableSource(name: path, reason: error.reason)
        }
        return chunkEnd > 0
    }
}
