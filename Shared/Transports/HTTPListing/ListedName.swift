/// One name on the page with which a web server lists a folder.
package struct ListedName: Hashable, Sendable {
    /// The name in the folder, decoded.
    package var name: [UInt8]
    package var isDirectory: Bool
    /// The length; nil where the page does not tell it to the byte.
    package var byteCount: UInt64?

    package init(name: [UInt8], isDirectory: Bool = false, byteCount: UInt64? = nil) {
        self.name = name
        self.isDirectory = isDirectory
        self.byteCount = byteCount
    }
}
