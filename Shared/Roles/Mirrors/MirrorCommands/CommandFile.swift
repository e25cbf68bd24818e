import FunctionRuntime
import Linux
import ObjectStorage

/// A file that an operator names.
enum CommandFile {
    /// The most bytes that are read of standard input.
    private static let inputLimit = 1 << 30

    /// What the file holds, or standard input for `-`.
    static func bytes(of file: String) throws -> [UInt8] {
        if file == "-" { return try readAll(from: 0, limit: inputLimit) }
        guard let bytes = try File.reading(file)?.readAll() else {
            throw FunctionError.failed("there is no \(file)")
        }
        return bytes
    }
}
