import Catalogs
import ConfiguredStorage
package import FunctionRuntime
import Linux
import MirrorStorage
import Mirrors
import ObjectStorage
import Publishing

/// The leader's reports for operators.
package enum Inspection {
    /// `leader --history PATH`.
    package static func history(_ operands: [String], _ environment: Environment) throws -> String {
        let path = operands[0].hasPrefix("/") ? String(operands[0].dropFirst()) : operands[0]
        let catalogs = CatalogStore(try openStore(environment))
        guard let history = try PathHistory(of: TreePath(path), in: catalogs) else {
            throw FunctionError.failed("\(TreePath(path)) was never in a catalog")
        }
        return history.description
    }

    /// `leader --list [PATH] [--json]`.
    package static func list(
        _ operands: [String],
        _ environment: Environment,
        to output: (String) -> Void
    ) throws {
        var format = CatalogList.Format.tsv
        var paths: [String] = []
        for operand in operands {
            switch operand {
            case "--json": format = .json
            case _ where operand.hasPrefix("--"):
                throw FunctionError.badRequest(
                    "--list: expected a path or --json instead of \(operand)"
                )
            default: paths.append(operand)
            }
        }
        guard paths.count < 2 else {
            throw FunctionError.badRequest("--list: expected one path and --json")
        }
        let names = (paths.first ?? "").split(separator: "/", omittingEmptySubsequences: true)
        let path = TreePath(names.joined(separator: "/"))
        let list = try CatalogList(
            at: path,
            in: openStore(environment),
            removedSeconds: environment.seconds(.removedDays),
            now: .now
        )
        guard let list else {
            throw FunctionError.failed(
                path.bytes.isEmpty
                    ? "the catalog is empty: nothing has been published"
                    : "nothing is published at \(path); leader --history tells whether it ever was"
            )
        }
        try list.write(as: format, to: output)
    }

    /// `leader --classes PATH`.
    package static func classes(_ operands: [String], _ environment: Environment) throws -> String {
        let path = operands[0].hasPrefix("/") ? String(operands[0].dropFirst()) : operands[0]
        let store = try openStore(environment)
        let profile: FileProfile?
        do {
            profile = try LeaderRequest.profile(environment)
        } catch {
            throw FunctionError.badRequest("\(error)")
        }
        let classes = try profile.map { try store.fileClasses(asIf: $0) } ?? store.fileClasses()
        return Classification(
            of: TreePath(path),
            by: classes,
            in: try CatalogStore(store).newest()
        ).description
    }

    /// `leader --export FORMAT`.
    package static func export(_ operands: [String], _ environment: Environment) throws -> String {
        guard let format = MirrorListExport(rawValue: operands[0]) else {
            let known = MirrorListExport.allCases.map(\.rawValue).joined(separator: ", ")
            throw FunctionError.badRequest("--export: expected one of \(known)")
        }
        guard let stored = try openStore(environment).mirrorList() else {
            throw MirrorStorageError.noMirrors
        }
        return format.text(of: stored.list)
    }
}
