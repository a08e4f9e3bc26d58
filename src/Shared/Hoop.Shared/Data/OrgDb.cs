using Hoop.Shared.Results;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// Statements about the rows of one organization. Each names the organization as <c>@OrgId</c>, which is bound here and nowhere else:
/// no statement can be given another organization than the one it was asked for.
/// </summary>
/// <exception cref="InvalidOperationException">The statement has no <c>@OrgId</c>, or the arguments bring one of their own.</exception>
public readonly struct OrgDb
{
    internal const string Tells = "set_config('hoop.told', ";

    private readonly Db _db;
    private readonly Guid _orgId;

    internal OrgDb(Db db, Guid orgId) => (_db, _orgId) = (db, orgId);

    /// <summary>The only row, or the default value when there is none.</summary>
    /// <exception cref="InvalidOperationException">More than one row came back.</exception>
    public Task<T?> Find<T>(string sql, object? args, CancellationToken cancellationToken) =>
        _db.Find<T>(Checked(sql, args), cancellationToken);

    public Task<IReadOnlyList<T>> List<T>(string sql, object? args, CancellationToken cancellationToken) =>
        _db.List<T>(Checked(sql, args), cancellationToken);

    /// <summary>The number of rows that were written.</summary>
    public Task<int> Execute(string sql, object? args, CancellationToken cancellationToken) =>
        _db.Execute(Checked(sql, args), cancellationToken);

    /// <summary>
    /// A statement of the running command whose answer nobody needs. It travels with the command's next statement, or with the commit at
    /// the latest, and is undone with the command.
    /// </summary>
    /// <exception cref="InvalidOperationException">No transaction runs.</exception>
    public void Defer(string sql, object? args) => _db.Defer(Checked(sql, args));

    /// <summary>
    /// Writes one row as the last act of a command: the statement, the audit row and the commit travel in one round trip. The
    /// database's answer is the command's; after it the command can do nothing more.
    /// </summary>
    /// <param name="sql">An INSERT of VALUES that gives its row back. It has no ON CONFLICT: what is in the way is told by a
    /// constraint.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="foretold">The value that the command will have given, for its audit row; what the database adds may be
    /// missing.</param>
    /// <param name="refused">What a broken constraint of that name means; null for a bug, which is thrown.</param>
    /// <param name="cancellationToken">When it comes too late, the row is written all the same.</param>
    public async Task<Result<T>> Insert<T>(
        string sql, object? args, object foretold, Func<string, Error?> refused, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(refused);
        try
        {
            return await _db.Insert<T>(Checked(sql, args), foretold, cancellationToken);
        }
        catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) is { } broken && refused(broken) is { } error)
        {
            return error;
        }
    }

    /// <summary>
    /// Changes one row as the last act of a command that has sent nothing before: the statement, the audit row and the commit travel in one
    /// round trip. The default value when it found no row: then nothing is written, and the command may go on. A command that sent
    /// something before makes the change and commits later, as with <see cref="Find{T}"/>. Not for a command of many changes.
    /// </summary>
    /// <param name="sql">
    /// An UPDATE or DELETE that gives its row back, and with it <c>set_config('hoop.told', …, true)</c>: a text that is not empty, by which
    /// the audit row sees that there was a row, and what it has to know of it (<see cref="Audit.AuditEntry.Told"/>).
    /// </param>
    /// <param name="args">Its arguments.</param>
    /// <param name="foretold">The value that the command will have given, for its audit row.</param>
    /// <param name="cancellationToken">When it comes too late, the row is changed all the same.</param>
    public Task<T?> Change<T>(string sql, object? args, object foretold, CancellationToken cancellationToken)
        where T : class => _db.Change<T>(Checked(sql, args), foretold, cancellationToken);

    private Call Checked(string sql, object? args)
    {
        var statement = Statement.Of(sql);
        return statement.IsOfOrganization
            ? new Call(statement, _orgId, args)
            : throw new InvalidOperationException(
                "The statement does not name @OrgId; mark its constant [CrossOrg] and send it through AcrossOrgs.");
    }
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
        _db.Find<T>(Checked(sql, args), cancellationToken);

    public Task<IReadOnlyList<T>> List<T>(string sql, object? args, CancellationToken cancellationToken) =>
        _db.List<T>(Checked(sql, args), cancellationToken);

    /// <summary>The number of rows that were written.</summary>
    public Task<int> Execute(string sql, object? args, CancellationToken cancellationToken) =>
        _db.Execute(Checked(sql, args), cancellationToken);

    /// <inheritdoc cref="OrgDb.Defer"/>
    public void Defer(string sql, object? args) => _db.Defer(Checked(sql, args));

    private static Call Checked(string sql, object? args)
    {
        var statement = Statement.Of(sql);
        return statement.IsOfOrganization
            ? throw new InvalidOperationException("The statement names @OrgId; send it through Of(orgId).")
            : new Call(statement, Args: args);
    }
}
