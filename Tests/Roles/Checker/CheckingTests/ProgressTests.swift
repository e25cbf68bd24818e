import Checking
import Testing

@Suite struct ProgressTests {
    /// A terminal that interprets what is written to it.
    final class Terminal {
        var lines = [""]
        var row = 0
        var size = (rows: 24, columns: 80)
        var drawCount = 0

        var screen: Progress.Screen { Progress.Screen(size: { self.size }) { self.take($0) } }

        func take(_ text: String) {
            drawCount += 1
            var rest = text[...]
            while let character = rest.popFirst() {
                switch character {
                case "\n":
                    row += 1
                    if row == lines.count { lines.append("") }
                case "\r": break
                case "\u{1B}": control(&rest)
                default: lines[row].append(character)
                }
            }
        }

        private func control(_ rest: inout Substring) {
            rest.removeFirst()
            let count = rest.prefix { $0.isNumber }
            rest = rest[count.endIndex...]
            switch rest.popFirst() {
            case "A": row -= Int(count) ?? 1
            case "K": lines[row] = ""
            case "J": lines[row...] = [""]
            default: Issue.record("an unknown sequence")
            }
        }
    }

    static func figures(_ counts: [Int], waiting: Int = 0) -> Progress.Figures {
        Progress.Figures(
            askedCount: counts.reduce(0, +),
            leftCount: 100,
            waitingCount: waiting,
            rows: counts.enumerated().map {
                Progress.Row(id: "m\($0)", askedCount: $1, leftCount: 100 - $1)
            }
        )
    }

    @Test func eachAccessPointHasALineThatIsDrawnAnew() {
        let terminal = Terminal()
        let progress = Progress(screen: terminal.screen)
        progress.show(elapsed: 1) { Self.figures([10, 20], waiting: 3) }
        progress.show(elapsed: 3) { Self.figures([30, 20]) }
        #expect(
            terminal.lines == [
                "3 s: asked 50, 10/s, left 100; 2 at work, 0 waiting",
                "  m0: 30 done, 10/s, 70 left", "  m1: 20 done, 0/s, 80 left", "",
            ]
        )
        // One is done.
        progress.show(elapsed: 4) { Self.figures([31]) }
        #expect(terminal.lines.count == 3)
        progress.end()
        #expect(terminal.lines == [""])
    }

    @Test func itIsDrawnOnceASecond() {
        let terminal = Terminal()
        let progress = Progress(screen: terminal.screen)
        for tenth in 0..<30 { progress.show(elapsed: Double(tenth) / 10) { Self.figures([1]) } }
        #expect(terminal.drawCount == 3)
    }

    @Test(arguments: [(rows: 4, columns: 20), (1, 1), (0, 0), (200, 40)])
    func staysInsideTheWindow(rows: Int, columns: Int) {
        let terminal = Terminal()
        terminal.size = (rows, columns)
        let progress = Progress(screen: terminal.screen)
        progress.show(elapsed: 1) { Self.figures(Array(repeating: 1, count: 50)) }
        #expect(terminal.lines.count <= max(3, rows))
        #expect(terminal.lines.allSatisfy { $0.count < max(2, columns) })
    }

    @Test func withoutATerminalNothingIsAskedFor() {
        let progress = Progress()
        progress.show(elapsed: 1) {
            Issue.record("asked for figures")
            return Self.figures([])
        }
        progress.end()
    }
}
