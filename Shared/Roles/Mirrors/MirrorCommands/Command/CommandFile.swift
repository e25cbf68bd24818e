import FunctionRuntime
import Linux
import ObjectStorage

/// A file named on the command line.
enum CommandFile {
    /// The maximum number of bytes read from standard input.
    private static let inputLimit = 1 << 30

    /// The content of the file, or of standard input for `-`.
    static func bytes(of file: String) throws -> [UInt8] {
        if file == "-" { return try readAll(from: 0, limit: inputLimit) }
        guard let bytes = try File.reading(file)?.readAll() else {
            throw FunctionError.failed("there is no \(file)")
        }
        return bytes
    }
}
