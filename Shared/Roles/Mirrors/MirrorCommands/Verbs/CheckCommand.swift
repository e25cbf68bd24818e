import JSON
import Mirrors
import ObjectStorage

/// `mirrors check FILE...`: tests whether files written by an operator would be accepted.
struct CheckCommand {
    let store: any BlobStore
    let leader: any ListEditing

    func run(_ files: [String]) throws -> CommandResult {
        var lines: [String] = []
        var results: [JSONValue] = []
        var isRight = true
        for file in files {
            let bytes = try CommandFile.bytes(of: file)
            let (kind, problem) = try judge(file, bytes)
            isRight = isRight && problem == nil
            lines.append(
                "\(file): \(kind), " + (problem.map { "refused: \($0)" } ?? "would be taken")
            )
            results.append([
                "file": .string(file), "kind": .string(kind),
                "problem": problem.map { .string($0) } ?? .null,
            ])
        }
        return CommandResult(
            lines.map(TextTable.oneLine).joined(separator: "\n"),
            ["files": .array(results)],
            status: isRight ? 0 : 1
        )
    }

    /// The kind of file according to its name, and why its reader would reject it.
    private func judge(
        _ file: String,
        _ bytes: [UInt8]
    ) throws(StorageError) -> (kind: String, problem: String?) {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let kind: String
        if name.contains("override") {
            kind = "overrides"
        } else if name.contains("region") {
            kind = "regions"
        } else if name.contains("class") {
            kind = "classes of files"
        } else {
            return ("a mirror list", leader.problem(ofList: bytes))
        }
        let list = try store.get(BlobKey(BlobName.mirrors)).flatMap { blob in
            try? MirrorList(json: JSONValue(parsing: blob.bytes))
        }
        if kind == "overrides" { return (kind, leader.problem(ofOverrides: bytes, for: list)) }
        do {
            if kind == "regions" {
                _ = try Regions(json: JSONValue(parsing: bytes))
            } else {
                _ = try FileClasses(parsing: bytes)
            }
            return (kind, nil)
        } catch {
            return (kind, "\(error)")
        }
    }
}
