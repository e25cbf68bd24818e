import JSON
import MirrorCommands
import Mirrors
import SampleDeployment
import Synchronization

extension Deployment {
    /// The program's output for `arguments`.
    @discardableResult
    func run(_ arguments: String...) throws -> CommandResult {
        try program().run(CommandArguments(arguments))
    }

    /// The program in an environment that a test defines.
    func program(
        leader: any ListEditing = LenientLeader(),
        builder: any MapForecasting = IdleBuilder(),
        editor: any OperatorEditor = NoEditor(),
        checker: @escaping CheckerCall = { _, _ in [:] }
    ) -> MirrorsProgram {
        MirrorsProgram(
            store: store,
            now: .now,
            dependencies: .init(
                leader: leader,
                builder: builder,
                editor: editor,
                checker: checker
            )
        )
    }
}

/// Validates overrides with the leader's reader, and adds reports that a test sets.
struct LenientLeader: ListEditing {
    /// The result of adding and removing.
    var change = OwnListChange()

    func problem(ofList bytes: [UInt8]) -> String? { bytes.isEmpty ? "it is empty" : nil }

    func problem(ofOverrides bytes: [UInt8], for list: MirrorList?) -> String? {
        do {
            _ = try MirrorOverrides(json: JSONValue(parsing: bytes), for: list)
            return nil
        } catch {
            return "\(error)"
        }
    }

    func add(_ mirror: NewMirror, isDryRun: Bool) -> OwnListChange { change }

    func add(list bytes: [UInt8], isDryRun: Bool) -> OwnListChange { change }

    func remove(_ id: Mirror.ID, isDryRun: Bool) -> OwnListChange { change }
}

/// Reports that Europe loses each access point that a list disables.
struct IdleBuilder: MapForecasting {
    func changes(with list: MirrorList) -> [MapChange] {
        let lost = list.mirrors.filter { !$0.isEnabled }.flatMap { $0.accessPoints.map(\.id) }
        let moved = lost.isEmpty ? 0 : 12.5
        return [
            MapChange(region: "europe", lost: lost, lostPathCount: lost.count, movedPercent: moved),
            MapChange(region: "asia"),
        ]
    }
}

/// Keeps the lists for which it was asked.
final class RecordingBuilder: MapForecasting {
    private let asked = Mutex<[MirrorList]>([])

    var lists: [MirrorList] { asked.withLock { $0 } }

    func changes(with list: MirrorList) -> [MapChange] {
        asked.withLock { $0.append(list) }
        return []
    }
}

/// A terminal without a user.
struct NoEditor: OperatorEditor {
    func draft(_ bytes: [UInt8], named name: String) -> String { name }
    func edited(_ path: String) -> [UInt8] { [] }
    func discard(_ path: String) {}
    func wantsAnotherTry(after problem: String) -> Bool { false }
}
