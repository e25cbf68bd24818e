/// A variable that always has a number: its own, or the default of the table.
///
/// Readers get the default from here, so that `--help` and behaviour cannot differ.
package struct NumberSetting: Sendable {
    /// The entry of the table.
    package let setting: Setting
    /// The default, in the unit of the variable.
    package let standard: Int

    init(
        _ name: String,
        _ readers: Setting.Readers,
        _ range: ClosedRange<Int>,
        unit: String? = nil,
        standard: Int,
        deployment: Setting.Deployment = .passed,
        _ meaning: String
    ) {
        setting = Setting(
            name,
            readers,
            .integer(range, unit: unit),
            standard: .number(standard),
            deployment: deployment,
            meaning
        )
        self.standard = standard
    }

    /// The default in seconds, of a variable in days or seconds.
    package var standardSeconds: Int64 { seconds(standard) }

    /// The seconds in `number` of the variable's unit, which is days or seconds.
    func seconds(_ number: Int) -> Int64 {
        if case .integer(_, unit: "days") = setting.form { return Int64(number) * 86_400 }
        return Int64(number)
    }
}

/// A variable that always has a text: its own, or the default of the table.
package struct TextSetting: Sendable {
    /// The entry of the table.
    package let setting: Setting
    /// The default.
    package let standard: String

    init(
        _ name: String,
        _ readers: Setting.Readers,
        _ form: Setting.Form,
        standard: String,
        deployment: Setting.Deployment = .passed,
        _ meaning: String
    ) {
        setting = Setting(
            name,
            readers,
            form,
            standard: .text(standard),
            deployment: deployment,
            meaning
        )
        self.standard = standard
    }
}

extension Setting {
    /// The entry of a variable with a default, for lists of entries.
    static func number(_ variable: NumberSetting) -> Setting { variable.setting }

    static func text(_ variable: TextSetting) -> Setting { variable.setting }
}
