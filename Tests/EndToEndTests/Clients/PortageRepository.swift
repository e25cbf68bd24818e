/// Files that a repository of ebuilds needs before Portage reads it, whatever it contains.
enum PortageRepository {
    /// Paths below the test's folder, with their contents.
    static let files = [
        ("repo/profiles/repo_name", "example\n"), ("repo/profiles/arch.list", "amd64\n"),
        ("repo/profiles/categories", "app-misc\n"), ("repo/profiles/default/eapi", "8\n"),
        (
            "repo/profiles/default/make.defaults",
            "ARCH=\"amd64\"\nACCEPT_KEYWORDS=\"amd64\"\n"
        ),
    ]
}
