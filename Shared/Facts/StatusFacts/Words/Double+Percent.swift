extension Double {
    /// The share in percent, with enough digits to distinguish it from 100: `99.98 %`.
    package var percentText: String {
        guard isFinite else { return "-" }
        if self >= 1 { return "100 %" }
        let digits = self >= 0.999 ? 2 : 1
        return "\(rounded(to: digits)) %"
    }

    /// Never rounds up to a whole that was not reached.
    private func rounded(to digits: Int) -> String {
        let scale = digits == 2 ? 100.0 : 10.0
        let value = (self * 100 * scale).rounded(.down)
        let whole = Int(value / scale)
        let rest = Int(value) - whole * Int(scale)
        let text = String(rest)
        let zeros = String(repeating: "0", count: max(0, digits - text.count))
        return "\(whole).\(zeros)\(text)"
    }
}
