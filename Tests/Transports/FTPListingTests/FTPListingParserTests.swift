import FTPListing
import Mirrors
import Testing
import Time

@Suite struct FTPListingParserTests {
    /// The entries read from a listing that arrives in pieces.
    static func read(
        _ text: [UInt8],
        _ format: FTPListingParser.Format,
        pieces: Int = 5,
        isWhole: Bool = true
    ) -> (entries: [FTPEntry], unknownLineCount: Int) {
        var parser = FTPListingParser(format)
        var entries: [FTPEntry] = []
        var rest = text[...]
        while !rest.isEmpty {
            parser.consume(rest.prefix(pieces)) { entries.append($0) }
            rest = rest.dropFirst(pieces)
        }
        parser.finish(isWhole: isWhole) { entries.append($0) }
        #expect(parser.entryCount == entries.count)
        return (entries, parser.unknownLineCount)
    }

    struct Line: Sendable {
        var text: String
        var entry: FTPEntry?
    }

    private static func file(
        _ name: String,
        _ byteCount: UInt64,
        modified: Timestamp? = nil,
        isOpenToOthers: Bool = true
    ) -> FTPEntry {
        FTPEntry(
            name: Array(name.utf8),
            kind: .file,
            byteCount: byteCount,
            modified: modified,
            isOpenToOthers: isOpenToOthers
        )
    }

    private static let time = Timestamp(secondsSinceEpoch: 1_577_934_245)

    static let factLines: [Line] = [
        // proftpd
        Line(
            text: "modify=20200102030405;perm=adfr;size=6;type=file;UNIX.mode=0644; file.tar",
            entry: file("file.tar", 6, modified: time)
        ),
        Line(
            text: "modify=20200102030405;perm=dfr;size=7;type=file;UNIX.mode=00; secret.tar",
            entry: file("secret.tar", 7, modified: time, isOpenToOthers: false)
        ),
        Line(
            text: "perm=adfr;size=11;type=OS.unix=symlink;UNIX.mode=0777; link.tar",
            entry: FTPEntry(name: Array("link.tar".utf8), kind: .symlink, byteCount: 11)
        ),
        Line(
            text: "perm=fle;type=dir;UNIX.mode=0755; ab",
            entry: FTPEntry(name: Array("ab".utf8), kind: .directory)
        ),
        Line(
            text: "perm=;type=dir;UNIX.mode=0700; closed",
            entry: FTPEntry(name: Array("closed".utf8), kind: .directory, isOpenToOthers: false)
        ),
        // others
        Line(
            text: "Type=FILE;Size=5368709120;Modify=20200102030405.123;Perm=r;  two  blanks ",
            entry: file(" two  blanks ", 5_368_709_120, modified: time)
        ),
        Line(
            text: "type=file;size=1;perm=w; upload",
            entry: file("upload", 1, isOpenToOthers: false)
        ),
        Line(
            text: "type=OS.unix=slink:/target/of it;size=3; l",
            entry: FTPEntry(
                name: Array("l".utf8),
                kind: .symlink,
                byteCount: 3,
                target: TreePath("/target/of it")
            )
        ),
        Line(
            text: "type=OS.unix=chr-13/29; device",
            entry: FTPEntry(name: Array("device".utf8), kind: .other)
        ),
        Line(
            text: "type=file; unknown size",
            entry: FTPEntry(name: Array("unknown size".utf8), kind: .file)
        ),
        Line(
            text: "type=file;size=99999999999999999999;modify=20201399000000; odd",
            entry: FTPEntry(name: Array("odd".utf8), kind: .file)
        ),
        Line(text: "size=3;modify=20200102030405; without a kind", entry: nil),
        Line(text: "type=file;size=3;", entry: nil),
        Line(text: "no facts here", entry: nil),
        Line(text: "type=file;size=3; up/../down", entry: nil),
        Line(text: "type=file;size=3; ", entry: nil),
    ]

    static let columnLines: [Line] = [
        // vsftpd, proftpd, pure-ftpd
        Line(
            text: "-rw-r--r--    1 0        0        5368709120 Nov 22 19:45 big",
            entry: file("big", 5_368_709_120)
        ),
        Line(
            text: "-rw-r--r--   1 root     root            2 Nov 22  2025  lead and trail ",
            entry: file(" lead and trail ", 2)
        ),
        Line(
            text: "-rw-------    1 0        0              12 Feb  9 2025 secret",
            entry: file("secret", 12, isOpenToOthers: false)
        ),
        Line(
            text: "drwxr-xr-x    2 0        0            4096 Nov 22 19:45 ab",
            entry: FTPEntry(name: Array("ab".utf8), kind: .directory, byteCount: 4096)
        ),
        Line(
            text: "lrwxrwxrwx    1 0        0              11 Nov 22 19:45 link.tar -> ab/file.tar",
            entry: FTPEntry(
                name: Array("link.tar".utf8),
                kind: .symlink,
                byteCount: 11,
                target: TreePath("ab/file.tar")
            )
        ),
        Line(
            text: "lrwxrwxrwx    1 0        0               6 Nov 22 19:45 a -> b -> c",
            entry: FTPEntry(
                name: Array("a".utf8),
                kind: .symlink,
                byteCount: 6,
                target: TreePath("b -> c")
            )
        ),
        // no group; access lists; a group with a blank; other dates
        Line(text: "-rw-r--r--   1 ftp       123 Dec 31 23:59 a", entry: file("a", 123)),
        Line(text: "-rw-r--r--+  1 u g 123 Dec 31 23:59 a", entry: file("a", 123)),
        Line(
            text: "-rw-r--r--   1 u Domain Users 123 Dec 31 23:59 May 5 10:10 b",
            entry: file("May 5 10:10 b", 123)
        ),
        Line(text: "-rw-r--r--   1 u g 123 31 Dec 2025 a", entry: file("a", 123)),
        Line(text: "-rw-r--r--   1 u g 123 2025-12-31 23:59 a", entry: file("a", 123)),
        // IIS
        Line(text: "11-22-26  07:45PM                12345 a b", entry: file("a b", 12345)),
        Line(
            text: "11-22-2026  07:45PM       <DIR>          folder",
            entry: FTPEntry(name: Array("folder".utf8), kind: .directory)
        ),
        Line(text: "total 12", entry: nil),
        Line(text: "-rw-r--r--   1 u g 12x Dec 31 23:59 a", entry: nil),
        Line(text: "-rw-r--r--   1 u g 12 Dec 31 a", entry: nil),
        Line(text: "-rw-r--r--", entry: nil),
        Line(text: "lrwxrwxrwx    1 0        0               6 Nov 22 19:45 no arrow", entry: nil),
        Line(text: "11-22-26  07:45PM  many a", entry: nil),
    ]

    @Test(arguments: factLines) func readsFacts(_ line: Line) {
        let directory = Self.read(Array((line.text + "\r\n").utf8), .facts)
        #expect(directory.entries == (line.entry.map { [$0] } ?? []))
        #expect(directory.unknownLineCount == (line.entry == nil ? 1 : 0))
    }

    @Test(arguments: columnLines) func readsColumns(_ line: Line) {
        let directory = Self.read(Array((line.text + "\r\n").utf8), .columns)
        #expect(directory.entries == (line.entry.map { [$0] } ?? []))
        #expect(directory.unknownLineCount == (line.entry == nil ? 1 : 0))
    }

    @Test func theDirectoryItselfIsNoEntry() {
        let facts = "type=cdir;perm=fle; .\r\ntype=pdir;perm=fle; ..\r\ntype=dir;perm=fle; .git\r\n"
        let directory = Self.read(Array(facts.utf8), .facts)
        #expect(directory.entries.map(\.name) == [Array(".git".utf8)])
        #expect(directory.unknownLineCount == 0)
    }

    @Test func aNewlineInANameEndsNoLine() {
        let facts = "type=file;size=1; new\nline\r\ntype=file;size=2; b\r\n"
        let directory = Self.read(Array(facts.utf8), .facts)
        #expect(directory.entries.map(\.name) == [Array("new\nline".utf8), Array("b".utf8)])
    }

    @Test func bareNewlinesEndLinesWhereNoOthersDo() {
        let facts = "type=file;size=1; a\ntype=file;size=2; b"
        let directory = Self.read(Array(facts.utf8), .facts)
        #expect(directory.entries.map(\.byteCount) == [1, 2])
    }

    @Test func namesAreBytes() {
        let line = Array("type=file;size=1; ".utf8) + [0x66, 0xFC, 0x80] + [0x0D, 0x0A]
        #expect(Self.read(line, .facts).entries.first?.name == [0x66, 0xFC, 0x80])
    }

    @Test func everyPrefixOfAListingIsSurvived() {
        for format in [FTPListingParser.Format.facts, .columns] {
            let lines = format == .facts ? Self.factLines : Self.columnLines
            let text = Array(lines.map { $0.text + "\r\n" }.joined().utf8)
            for count in text.indices {
                let directory = Self.read(Array(text[..<count]), format)
                #expect(directory.entries.count <= lines.count)
            }
        }
    }

    @Test(arguments: ["\r\n", "\n"]) func theLineThatACutHitIsLeftOut(end: String) {
        let text = "type=file;size=1; a\(end)type=file;size=2; b\(end)type=file;size=3; c"
        let (entries, _) = Self.read(Array(text.utf8), .facts, isWhole: false)
        #expect(entries.map(\.byteCount) == [1, 2])
    }

    /// An endless line takes up no more memory than a finished one, and the next line is read.
    @Test(arguments: ["\r\n", "\n"]) func anEndlessLineIsPassedOver(end: String) {
        let long = String(repeating: "x", count: 100_000)
        let text =
            "type=file;size=1; a\(end)type=file;size=2; \(long)\(end)type=file;size=3; c\(end)"
        let (entries, unknownLineCount) = Self.read(Array(text.utf8), .facts, pieces: 1000)
        #expect(entries.map(\.byteCount) == [1, 3])
        #expect(unknownLineCount == 1)
    }

    @Test func anEndlessFirstLineIsPassedOver() {
        let text = String(repeating: "x", count: 100_000) + "\r\ntype=file;size=3; c\r\n"
        #expect(Self.read(Array(text.utf8), .facts, pieces: 1000).entries.map(\.byteCount) == [3])
    }
}
