import FunctionRuntime
import Glibc
import Linux
import ObjectStorage

/// Files outside storage, as the command line names them.
enum LocalFile {
    static func read(_ path: String) throws -> [UInt8] {
        try File.reading(path)?.readAll() ?? { throw FunctionError.failed("there is no \(path)") }()
    }

    /// Replaces the file `path` with `bytes`, atomically.
    static func replace(_ path: String, with bytes: [UInt8]) throws {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "./"
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let temporary = "\(folder).\(name).\(random)"
        do {
            try File.creating(temporary).write(bytes)
            guard unsafe rename(temporary, path) == 0 else {
                throw FunctionError.failed(
                    "cannot rename to \(path): \(systemText())"
                )
            }
        } catch {
            unsafe unlink(temporary)
            throw error
        }
    }

    static func writeToOutput(_ bytes: [UInt8]) throws {
        do throws(SystemError) {
            try writeAll(bytes, to: STDOUT_FILENO, "write to standard output")
        } catch {
            throw FunctionError.failed("\(error)")
        }
    }
}
