extension Environment {
    /// The value of `setting`, or nil if it is not set.
    package subscript(setting: Setting) -> String? { self[setting.name] }

    /// Whether `setting`, which is `on` or `off`, is on; off if it is not set.
    ///
    /// Throws ``FunctionError/badRequest(_:)`` with the name of the variable for any other word.
    package func isOn(_ setting: Setting) throws(FunctionError) -> Bool {
        switch self[setting] {
        case nil, "off": false
        case "on": true
        case .some(let word):
            throw .badRequest("\(setting.name): expected on or off, found \"\(word)\"")
        }
    }

    /// The number in `setting`, or nil if it is not set.
    ///
    /// Throws ``FunctionError/badRequest(_:)`` with the name of the variable if it is out of range.
    package func integer(_ setting: Setting) throws(FunctionError) -> Int? {
        try integer(setting.name, in: setting.range)
    }
}
