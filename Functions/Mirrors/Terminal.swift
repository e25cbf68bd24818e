import FunctionRuntime
import Glibc
import Linux
import MirrorCommands
import ObjectStorage

/// The operator's terminal, and the editor named by `$VISUAL` or `$EDITOR`.
struct Terminal: OperatorEditor {
    private let editor: String
    private let folder: String

    init(_ environment: Environment) {
        editor = environment["VISUAL"] ?? environment["EDITOR"] ?? "vi"
        folder = environment["TMPDIR"] ?? "/tmp"
    }

    func draft(_ bytes: [UInt8], named name: String) throws -> String {
        var template = Array("\(folder)/mirrors-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw FunctionError.failed(
                "a folder below \(folder): \(SystemError.last("make").reason)"
            )
        }
        let made = template.dropLast().map { UInt8(bitPattern: $0) }
        let path = String(decoding: made, as: UTF8.self) + "/\(name)"
        try File.creating(path).write(bytes)
        return path
    }

    /// The shell splits the editor's words, as in `EDITOR="code --wait"`.
    func edited(_ path: String) throws -> [UInt8] {
        let quoted = path.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: #"'\''"#)
        let status = unsafe system("\(editor) '\(quoted)'")
        guard status == 0 else {
            throw FunctionError.failed(
                "\(editor) failed: nothing is written, your text is in \(path)"
            )
        }
        guard let bytes = try File.reading(path)?.readAll() else {
            throw FunctionError.failed("\(editor) did not leave \(path): nothing was written")
        }
        return bytes
    }

    func discard(_ path: String) {
        unsafe unlink(path)
        unsafe rmdir(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
    }

    func wantsAnotherTry(after problem: String) -> Bool {
        guard isatty(STDIN_FILENO) == 1 else { return false }
        Log.error(problem)
        print("Edit it again? [Y/n] ", terminator: "")
        fflush(nil)
        guard let answer = readLine() else { return false }
        return answer.isEmpty || answer.lowercased().hasPrefix("y")
    }
}
