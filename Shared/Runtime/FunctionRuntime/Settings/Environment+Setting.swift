extension Environment {
    /// The value of `setting`, or nil if it is not set.
    package subscript(setting: Setting) -> String? { self[setting.name] }

    /// The value of `variable`, or its default.
    package subscript(variable: TextSetting) -> String {
        self[variable.setting.name] ?? variable.standard
    }

    /// Whether `variable`, which is `on` or `off`, is on.
    ///
    /// Throws ``FunctionError/badRequest(_:)`` with the name of the variable for any other word.
    package func isOn(_ variable: TextSetting) throws(FunctionError) -> Bool {
        switch self[variable] {
        case "off": false
        case "on": true
        case let word:
            throw .badRequest("\(variable.setting.name): expected on or off, found \"\(word)\"")
        }
    }

    /// The number in `variable`, or its default, in its unit.
    ///
    /// Throws ``FunctionError/badRequest(_:)`` with the name of the variable if it is out of range.
    package func number(_ variable: NumberSetting) throws(FunctionError) -> Int {
        try integer(variable.setting) ?? variable.standard
    }

    /// The number in `variable`, or its default, which are in days or seconds, in seconds.
    package func seconds(_ variable: NumberSetting) throws(FunctionError) -> Int64 {
        variable.seconds(try number(variable))
    }

    /// The number in `setting`, or nil if it is not set.
    ///
    /// Throws ``FunctionError/badRequest(_:)`` with the name of the variable if it is out of range.
    package func integer(_ setting: Setting) throws(FunctionError) -> Int? {
        try integer(setting.name, in: setting.range)
    }
}
