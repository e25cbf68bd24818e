/// This checkout.
package enum Repository {
    /// The path of the folder, without a slash at the end.
    package static let root =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
}
