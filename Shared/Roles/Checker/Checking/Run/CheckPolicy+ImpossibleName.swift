import Catalogs
import CheckPlanning

extension CheckPolicy {
    /// The path of a name that no tree has: beside a file, with its extension, or in the root.
    ///
    /// It differs for each number, so that nobody can prepare for it.
    func impossibleName(beside file: FileID?, number: UInt64) -> ArraySlice<UInt8> {
        let name = "no-such-file-\(String(number, radix: 36))"
        guard let file, Int(file.rawValue) < catalog.count else { return Array(name.utf8)[...] }
        let folder = folderPath(of: file)
        let fileName = catalog.pathBytes(of: file).dropFirst(folder.isEmpty ? 0 : folder.count + 1)
        var path = Array(folder)
        if !path.isEmpty { path.append(UInt8(ascii: "/")) }
        path.append(contentsOf: name.utf8)
        if let dot = fileName.lastIndex(of: UInt8(ascii: ".")), fileName[dot...].count <= 8 {
            path.append(contentsOf: fileName[dot...])
        }
        return path[...]
    }
}
