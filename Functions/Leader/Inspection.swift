import Catalogs
import ConfiguredStorage
import FunctionRuntime
import MirrorStorage
import Mirrors
import ObjectStorage
import Publishing

/// What the Leader shows to people.
enum Inspection {
    /// `leader --history PATH`.
    static func history(_ operands: [String], _ environment: Environment) throws -> String {
        let path = operands[0].hasPrefix("/") ? String(operands[0].dropFirst()) : operands[0]
        let catalogs = CatalogStore(try openStore(environment))
        guard let history = try PathHistory(of: TreePath(path), in: catalogs) else {
            throw FunctionError.failed("\(TreePath(path)) was never in a catalog")
        }
        return history.description
    }

    /// `leader --export FORMAT`.
    static func export(_ operands: [String], _ environment: Environment) throws -> String {
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
