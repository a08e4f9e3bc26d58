namespace Hoop.Shared.Data;

/// <summary>
/// Statements about the rows of one organization. Each names the organization as <c>@OrgId</c>, which is bound here and nowhere else:
/// no statement can be given another organization than the one it was asked for.
/// </summary>
/// <exception cref="InvalidOperationException">The statement has no <c>@OrgId</c>, or the arguments bring one of their own.</exception>
public readonly struct OrgDb
{
    private readonly Db _db;
    private readonly Guid _orgId;

    internal OrgDb(Db db, Guid orgId) => (_db, _orgId) = (db, orgId);

    /// <summary>The only row, or the default value when there is none.</summary>
    /// <exception cref="InvalidOperationException">More than one row came back.</exception>
    public Task<T?> Find<T>(string sql, object? args, CancellationToken cancellationToken) =>
        _db.Find<T>(sql, OrgArguments.For(sql, _orgId, args), cancellationToken);

    public Task<IReadOnlyList<T>> List<T>(string sql, object? args, CancellationToken cancellationToken) =>
        _db.List<T>(sql, OrgArguments.For(sql, _orgId, args), cancellationToken);

    /// <summary>The number of rows that were written.</summary>
    public Task<int> Execute(string sql, object? args, CancellationToken cancellationToken) =>
        _db.Execute(sql, OrgArguments.For(sql, _orgId, args), cancellationToken);
}

/// <summary>Statements that pass over all organizations. Their constants bear a <see cref="CrossOrgAttribute"/> with the reason.</summary>
/// <exception cref="InvalidOperationException">The statement names an <c>@OrgId</c>: it is about one organization.</exception>
public readonly struct CrossOrgDb
{
    private readonly Db _db;

    internal CrossOrgDb(Db db) => _db = db;

    /// <summary>The only row, or the default value when there is none.</summary>
    /// <exception cref="InvalidOperationException">More than one row came back.</exception>
    public Task<T?> Find<T>(string sql, object? args, CancellationToken cancellationToken) =>
        _db.Find<T>(Checked(sql), args, cancellationToken);

    public Task<IReadOnlyList<T>> List<T>(string sql, object? args, CancellationToken cancellationToken) =>
        _db.List<T>(Checked(sql), args, cancellationToken);

    /// <summary>The number of rows that were written.</summary>
    public Task<int> Execute(string sql, object? args, CancellationToken cancellationToken) =>
        _db.Execute(Checked(sql), args, cancellationToken);

    private static string Checked(string sql) => sql.Contains("@OrgId", StringComparison.Ordinal)
        ? throw new InvalidOperationException("The statement names @OrgId; send it through Of(orgId).")
        : sql;
}
