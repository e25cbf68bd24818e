/// Why a text is no YAML, or none of the kind that is read here.
struct YAMLProblem: Error {
    /// From 1 on.
    let line: Int
    let reason: String
}
