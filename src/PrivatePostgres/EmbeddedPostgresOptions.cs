namespace Hoop.PrivatePostgres;

/// <param name="DataDirectory"><c>HOOP_DATA_DIR</c>; made when absent. The server's files go into its folder <c>postgres</c>.</param>
public sealed record EmbeddedPostgresOptions(string DataDirectory)
{
    /// <summary><c>HOOP_POSTGRES_BIN</c>: the folder of the server's programs; null searches for them.</summary>
    public string? Binaries { get; init; }

    /// <summary>
    /// False for tests: nothing is forced to disk, and the database is removed when it is stopped or its process ends, even by kill
    /// -9.
    /// </summary>
    public bool Durable { get; init; } = true;
}
