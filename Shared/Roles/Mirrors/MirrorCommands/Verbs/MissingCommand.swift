import Catalogs
import JSON
import StatusFacts

/// `mirrors missing ID`: lists files that are missing or wrong.
struct MissingCommand {
    let facts: DeploymentFacts
    let mirror: MirrorFacts
    let arguments: CommandArguments

    private static let limit = 1000

    func run() -> CommandResult {
        guard let tree = facts.tree, let files = facts.files[mirror.id] else {
            return CommandResult("no tree was published yet", ["paths": []], status: 1)
        }
        let wantsWrong = arguments.has("--wrong")
        let chosen = wantsWrong ? files.wrong : files.absent
        let limit = arguments.has("--all") ? Int.max : Self.limit
        var paths: [String] = []
        var lines = wantsWrong ? [] : FileLists.heading(of: mirror, in: tree)
        chosen.forEach { number in
            guard paths.count < limit else { return }
            let path = tree.text(of: number)
            paths.append(path)
            lines.append(
                wantsWrong ? FileLists.wrongLine(number, files, tree) : TextTable.oneLine(path)
            )
        }
        let count = chosen.count
        if count > paths.count { lines.append("# and \(count - paths.count) more: --all") }
        return CommandResult(
            lines.joined(separator: "\n"),
            [
                "id": .string(mirror.id), "count": .integer(Int64(count)),
                "causes": .array(mirror.causes.map { MirrorJSON.json(of: $0) }),
                "paths": .array(paths.map { .string($0) }),
            ],
            status: count > 0 ? 1 : 0
        )
    }
}
