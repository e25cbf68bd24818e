import Mirrors
import RsyncListing
import Testing
import Time

@Suite struct RsyncListingParserTests {
    private static let time = Timestamp(secondsSinceEpoch: 1_787_359_501)
    private static let stamp = "2026/08/22 00:45:01"

    private func parse(
        _ bytes: [UInt8],
        chunk: Int = .max
    ) -> (entries: [RsyncEntry], parser: RsyncListingParser) {
        var parser = RsyncListingParser()
        var entries: [RsyncEntry] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            parser.consume(rest.prefix(chunk)) { entries.append($0) }
            rest = rest.dropFirst(chunk)
        }
        parser.finish()
        return (entries, parser)
    }

    struct Line: Sendable {
        var text: String
        var entry: RsyncEntry
    }

    static let lines: [Line] = [
        Line(
            text: "-rw-r--r--          1,234 \(stamp) distfiles/00/a.tar.gz",
            entry: .init(
                path: TreePath("distfiles/00/a.tar.gz"),
                kind: .file,
                byteCount: 1234,
                modified: time
            )
        ),
        Line(
            text: "-rw-r--r--              0 \(stamp)  two  blanks ",
            entry: .init(
                path: TreePath(" two  blanks "),
                kind: .file,
                byteCount: 0,
                modified: time
            )
        ),
        Line(
            text: "-rw-r--r-- 18446744073709551615 \(stamp) huge",
            entry: .init(path: TreePath("huge"), kind: .file, byteCount: .max, modified: time)
        ),
        Line(
            text: "drwxr-xr-x          4,096 \(stamp) .",
            entry: .init(path: TreePath(""), kind: .directory, byteCount: 4096, modified: time)
        ),
        Line(
            text: "drwx------          4,096 \(stamp) closed",
            entry: .init(
                path: TreePath("closed"),
                kind: .directory,
                byteCount: 4096,
                modified: time,
                isOpenToOthers: false
            )
        ),
        Line(
            text: "----------              7 \(stamp) closed.tar",
            entry: .init(
                path: TreePath("closed.tar"),
                kind: .file,
                byteCount: 7,
                modified: time,
                isOpenToOthers: false
            )
        ),
        Line(
            text: "lrwxrwxrwx              4 \(stamp) a -> b -> ab/c",
            entry: .init(
                path: TreePath("a -> b"),
                kind: .symlink,
                byteCount: 4,
                modified: time,
                target: TreePath("ab/c")
            )
        ),
        Line(
            text: "lrwxrwxrwx              6 \(stamp) a -> b -> c",
            entry: .init(
                path: TreePath("a"),
                kind: .symlink,
                byteCount: 6,
                modified: time,
                target: TreePath("b -> c")
            )
        ),
        Line(
            text: "lrwxrwxrwx              0 \(stamp) a -> some/where",
            entry: .init(
                path: TreePath("a"),
                kind: .symlink,
                byteCount: 0,
                modified: time,
                target: TreePath("some/where")
            )
        ),
        Line(
            text: "prw-r--r--              0 \(stamp) pipe",
            entry: .init(path: TreePath("pipe"), kind: .other, byteCount: 0, modified: time)
        ),
        Line(
            text:
                ##"-rw-r--r--              1 \##(stamp) "##
                + ##"new\#012line\#134#012 \#777 \# na\#303\#257ve\"##,
            entry: .init(
                path: TreePath("new\nline\\#012 \\#777 \\# naïve\\"),
                kind: .file,
                byteCount: 1,
                modified: time
            )
        ),
        Line(
            text: "-rw-r--r--              1 \(stamp) tab\tand\u{7f}ï",
            entry: .init(
                path: TreePath("tab\tand\u{7f}ï"),
                kind: .file,
                byteCount: 1,
                modified: time
            )
        ),
    ]

    @Test(arguments: lines) func readsALine(_ line: Line) {
        let (entries, parser) = parse(Array((line.text + "\n").utf8))
        #expect(entries == [line.entry])
        #expect(parser.unknownLineCount == 0)
    }

    @Test(
        arguments: [
            "", "total 12", "-rw-r--r--", "skipping directory x",
            "-rw-r--r--              1 2026/08/22 00:45:01",
            "-rw-r--r--              1 2026/08/22 00:45:01 ",
            "-rw-r--r--              1 2026-08-22 00:45:01 a",
            "-rw-r--r--              1 2026/13/22 00:45:01 a",
            "-rw-r--r--              1 2026/08/22 00:45:99 a",
            "-rw-r--r--              1 99999999999/08/22 00:45:01 a",
            "-rw-r--r-- 18446744073709551616 2026/08/22 00:45:01 a",
            "-rw-r--r--             -1 2026/08/22 00:45:01 a",
            "-rw-r--r--           1.5K 2026/08/22 00:45:01 a",
            "?rw-r--r--              1 2026/08/22 00:45:01 a",
            "-rw-r--r--              1 2026/08/22 00:45:01 ../a",
            "-rw-r--r--              1 2026/08/22 00:45:01 a/../b",
            "-rw-r--r--              1 2026/08/22 00:45:01 /a",
            "-rw-r--r--              1 2026/08/22 00:45:01 a//b",
            ##"-rw-r--r--              1 2026/08/22 00:45:01 a\#000b"##,
            "lrwxrwxrwx              3 2026/08/22 00:45:01 no arrow",
            "lrwxrwxrwx              0 2026/08/22 00:45:01 a -> b -> c",
        ] as [String]
    ) func countsLinesThatAreNoEntries(_ line: String) {
        let known = "-rw-r--r--              1 \(Self.stamp) known\n"
        let (entries, parser) = parse(Array((known + line + "\n" + known).utf8))
        #expect(entries.map(\.path) == [TreePath("known"), TreePath("known")])
        #expect(parser.unknownLineCount == 1)
    }

    @Test func aMessageOfTheDayIsNoFault() {
        let text = "Welcome to\nthe mirror\n\ndrwxr-xr-x          4,096 \(Self.stamp) .\n"
        let (entries, parser) = parse(Array(text.utf8))
        #expect(entries.count == 1)
        #expect(parser.unknownLineCount == 0)
        #expect(parser.remarks == ["Welcome to", "the mirror"])
    }

    @Test func piecesOfAnySizeMakeTheSameEntries() {
        let text = Self.lines.map { $0.text + "\n" }.joined()
        for chunk in 1...80 {
            #expect(
                parse(Array(text.utf8), chunk: chunk).entries == Self.lines.map(\.entry),
                "in pieces of \(chunk)"
            )
        }
    }

    @Test func aCutLineIsNoEntry() {
        let text = "-rw-r--r--              1 \(Self.stamp) whole\n"
        let cut = "-rw-r--r--              1 \(Self.stamp) who"
        let (entries, parser) = parse(Array((text + cut).utf8))
        #expect(entries.map(\.path) == [TreePath("whole")])
        #expect(parser.unknownLineCount == 1)
    }

    @Test func anEndlessLineTakesNoMemoryAndHidesNothingBehindIt() {
        let start = "-rw-r--r--              1 \(Self.stamp) "
        let endless = Array((start + "a\n" + start).utf8) + Array(repeating: 0x78, count: 5 << 20)
        let (entries, parser) = parse(endless + Array("\n\(start)b\n".utf8), chunk: 4096)
        #expect(entries.map(\.path) == [TreePath("a"), TreePath("b")])
        #expect(parser.unknownLineCount == 1)
    }
}
