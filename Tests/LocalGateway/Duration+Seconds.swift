extension Duration {
    /// The whole seconds in a duration as Go writes it, with hours, minutes and seconds: `1h30m`,
    /// `45s`, or a bare number of seconds; nil for anything else.
    static func seconds(in text: String) -> Int? {
        if let seconds = Int(text) { return seconds >= 0 ? seconds : nil }
        var total = 0
        var digits = ""
        for character in text {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            guard let unit = ["h": 3_600, "m": 60, "s": 1][character], let count = Int(digits)
            else {
                return nil
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: unit)
            guard !overflow, product < 1 << 32 else { return nil }
            total += product
            digits = ""
        }
        return digits.isEmpty && !text.isEmpty ? total : nil
    }
}
