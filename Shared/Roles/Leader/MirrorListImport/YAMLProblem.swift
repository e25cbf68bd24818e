/// Why a text is not YAML, or not of the subset that is read here.
struct YAMLProblem: Error {
    /// Counted from 1.
    let line: Int
    let reason: String
}
