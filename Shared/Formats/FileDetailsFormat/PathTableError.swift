/// Why bytes are not a usable table, or why none can be written.
package struct PathTableError: Error, Equatable, CustomStringConvertible {
    package enum Fault: Equatable, Sendable {
        /// The first four bytes are not the table's.
        case wrongMagic
        /// This reader does not know the table's version.
        case unsupportedVersion(UInt16, newestSupported: UInt16)
        /// The bytes end too early, or continue after the end.
        case wrongByteCount(expected: UInt64, actual: Int)
        /// The header differs from what was written.
        case headerChecksumMismatch(expected: UInt32, actual: UInt32)
        /// The part after the header differs from what was written.
        case bodyChecksumMismatch(expected: UInt32, actual: UInt32)
        /// A path was added twice: two paths have the same hash with every seed.
        case duplicatePath
        /// The names exceed 32-bit offsets.
        case tooLong(byteCount: Int)
    }

    package let table: PathTable
    package let fault: Fault

    package init(_ table: PathTable, _ fault: Fault) {
        self.table = table
        self.fault = fault
    }

    package var description: String {
        switch fault {
        case .wrongMagic: "not \(table.name): expected \"\(table.magicText)\" at the start"
        case .unsupportedVersion(let version, let newest):
            "\(table.name) in version \(version), this program reads up to \(newest): "
                + "deploy a newer release"
        case .wrongByteCount(let expected, let actual):
            "\(table.name) of \(actual) bytes, expected \(expected): fetch or build them again"
        case .headerChecksumMismatch(let expected, let actual):
            "the header of the \(table.name) is damaged: CRC-32 \(expected), found \(actual); "
                + "fetch or build them again"
        case .bodyChecksumMismatch(let expected, let actual):
            "the \(table.name) are damaged: CRC-32 \(expected), found \(actual); "
                + "fetch or build them again"
        case .duplicatePath: "the \(table.name) contain a path twice"
        case .tooLong(let byteCount):
            "the \(table.name) have \(byteCount) bytes, more than \(UInt32.max)"
        }
    }
}
