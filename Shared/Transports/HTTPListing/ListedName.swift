/// A name in a web server's listing of a folder.
package struct ListedName: Hashable, Sendable {
    /// The name in the folder, decoded.
    package var name: [UInt8]
    package var isDirectory: Bool
    /// The length; nil unless the page gives it exactly.
    package var byteCount: UInt64?

    package init(name: [UInt8], isDirectory: Bool = false, byteCount: UInt64? = nil) {
        self.name = name
        self.isDirectory = isDirectory
        self.byteCount = byteCount
    }
}
