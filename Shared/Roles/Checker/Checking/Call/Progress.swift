import Glibc

/// The progress of a run on a terminal: a summary line and one line for each active access point,
/// redrawn every second; silent elsewhere.
package final class Progress {
    /// The displayed values.
    package struct Figures {
        package var askedCount: Int
        package var leftCount: Int
        package var waitingCount: Int
        package var rows: [Row]

        package init(askedCount: Int, leftCount: Int, waitingCount: Int, rows: [Row]) {
            self.askedCount = askedCount
            self.leftCount = leftCount
            self.waitingCount = waitingCount
            self.rows = rows
        }
    }

    /// An active access point.
    package struct Row {
        package var id: String
        package var askedCount: Int
        package var leftCount: Int

        package init(id: String, askedCount: Int, leftCount: Int) {
            self.id = id
            self.askedCount = askedCount
            self.leftCount = leftCount
        }
    }

    /// Where the lines are written.
    package struct Screen {
        /// Rows and columns; queried for each drawing, because windows are resized.
        package var size: () -> (rows: Int, columns: Int)
        package var write: (String) -> Void

        package init(
            size: @escaping () -> (rows: Int, columns: Int),
            write: @escaping (String) -> Void
        ) {
            self.size = size
            self.write = write
        }
    }

    private let screen: Screen?
    private var nextAt = 0.0
    private var previous: (elapsed: Double, askedCount: Int, rows: [String: Int]) = (0, 0, [:])
    /// The number of lines on the screen, which the next drawing replaces.
    private var shownCount = 0

    /// Shows nothing without a screen.
    package init(screen: Screen? = nil) {
        self.screen = screen
    }

    /// Standard error if it is a terminal, otherwise nil.
    package static var terminal: Screen? {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
        return Screen(size: terminalSize) { text in
            _ = unsafe text.utf8CString.withUnsafeBytes { bytes in
                unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count - 1)
            }
        }
    }

    private static func terminalSize() -> (rows: Int, columns: Int) {
        var size = winsize()
        guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0,
            size.ws_col > 0
        else { return (24, 80) }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    /// Shows the figures at most once a second; `figures` is called only when they are drawn.
    package func show(elapsed: Double, figures: () -> Figures) {
        guard let screen, elapsed >= nextAt else { return }
        let figures = figures()
        let seconds = max(0.001, elapsed - previous.elapsed)
        func rate(_ count: Int, _ before: Int) -> Int { Int(Double(count - before) / seconds) }
        let (rowLimit, columnLimit) = screen.size()
        var lines = [
            "\(Int(elapsed)) s: asked \(figures.askedCount), "
                + "\(rate(figures.askedCount, previous.askedCount))/s, left \(figures.leftCount); "
                + "\(figures.rows.count) at work, \(figures.waitingCount) waiting"
        ]
        // The last row is for the cursor, and one row says what does not fit.
        let room = max(0, rowLimit - 3)
        for row in figures.rows.prefix(room) {
            let rate = rate(row.askedCount, previous.rows[row.id] ?? row.askedCount)
            lines.append("  \(row.id): \(row.askedCount) done, \(rate)/s, \(row.leftCount) left")
        }
        if figures.rows.count > room {
            lines.append("  and \(figures.rows.count - room) more")
        }
        // A wrapped line would take two rows, and the next drawing would miss one.
        let text = lines.map { "\u{1B}[K" + $0.prefix(max(1, columnLimit - 1)) + "\n" }.joined()
        screen.write(backToTop + text + "\u{1B}[J")
        shownCount = lines.count
        previous = (
            elapsed, figures.askedCount,
            Dictionary(figures.rows.map { ($0.id, $0.askedCount) }) { first, _ in first }
        )
        nextAt = elapsed + 1
    }

    /// Clears the display.
    package func end() {
        if shownCount > 0 { screen?.write(backToTop + "\u{1B}[J") }
        shownCount = 0
    }

    private var backToTop: String { shownCount > 0 ? "\r\u{1B}[\(shownCount)A" : "\r" }
}
