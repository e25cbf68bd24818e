import Mirrors
import Testing

@Suite struct FileModeTests {
    static let modes: [(text: String, kind: EntryKind, isOpenToOthers: Bool)] = [
        ("-rw-r--r--", .file, true), ("-rw-r-----", .file, false), ("-rwxrwx--x", .file, false),
        ("drwxr-xr-x", .directory, true), ("drwxr-xr--", .directory, false),
        ("drwxrwxrwt", .directory, true), ("drwxrwxrwT", .directory, false),
        ("lrwxrwxrwx", .symlink, true), ("crw-rw-rw-", .other, true), ("brw-rw----", .other, false),
        ("prw-r--r--", .other, true), ("srwxr-xr-x", .other, true), ("-rwsr-sr-x", .file, true),
        ("-rw-r--r--+ 1 root", .file, true),
    ]

    @Test(arguments: modes)
    func saysWhatItIsAndWhoMayReadIt(
        _ row: (text: String, kind: EntryKind, isOpenToOthers: Bool)
    ) throws {
        let mode = try #require(FileMode(startOf: Array(row.text.utf8)[...]))
        #expect(mode.kind == row.kind)
        #expect(mode.isOpenToOthers == row.isOpenToOthers)
    }

    /// A slice whose first index is not 0, as in parsers.
    @Test func beginsWhereTheSliceBegins() {
        let line = Array("xx-rw-r--r--".utf8)[2...]
        #expect(FileMode(startOf: line)?.kind == .file)
    }

    @Test(arguments: [
        "", "-rw-r--r-", "?rw-r--r--", "-rw-r--r-q", "total 1024", "11-22-26  07:45PM",
    ])
    func isNilForOtherText(text: String) {
        #expect(FileMode(startOf: Array(text.utf8)[...]) == nil)
    }
}
