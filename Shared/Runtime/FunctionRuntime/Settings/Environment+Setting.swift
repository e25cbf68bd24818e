extension Environment {
    /// What `setting` holds, or nil when it is not set.
    package subscript(setting: Setting) -> String? { self[setting.name] }

    /// Whether `setting`, one that is `on` or `off`, is on; off where it is not set.
    ///
    /// Throws ``FunctionError/badRequest(_:)`` that names the variable for any other word.
    package func isOn(_ setting: Setting) throws(FunctionError) -> Bool {
        switch self[setting] {
        case nil, "off": false
        case "on": true
        case .some(let word):
            throw .badRequest("\(setting.name): expected on or off, found \"\(word)\"")
        }
    }

    /// The number in `setting`, or nil when it is not set.
    ///
    /// Throws ``FunctionError/badRequest(_:)`` that names the variable where it is out of range.
    package func integer(_ setting: Setting) throws(FunctionError) -> Int? {
        try integer(setting.name, in: setting.range)
    }
}
