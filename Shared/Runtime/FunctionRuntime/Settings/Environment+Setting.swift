extension Environment {
    /// What `setting` holds, or nil when it is not set.
    package subscript(setting: Setting) -> String? { self[setting.name] }

    /// The number in `setting`, or nil when it is not set.
    ///
    /// Throws ``FunctionError/badRequest(_:)`` that names the variable where it is out of range.
    package func integer(_ setting: Setting) throws(FunctionError) -> Int? {
        try integer(setting.name, in: setting.range)
    }
}
