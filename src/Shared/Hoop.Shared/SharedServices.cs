using System.Reflection;
using Dapper;
using FluentValidation;
using Hoop.Shared.Audit;
using Hoop.Shared.Background;
using Hoop.Shared.Callers;
using Hoop.Shared.Data;
using Hoop.Shared.Http;
using Hoop.Shared.Jose;
using Hoop.Shared.Memory;
using Hoop.Shared.Outbound;
using Hoop.Shared.Pipeline;
using Hoop.Shared.Quotas;
using Hoop.Shared.Sealing;
using MediatR;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Hoop.Shared;

/// <summary>What every module stands on. Any host calls <see cref="AddHoopShared"/> once, then the modules it wants.</summary>
public static class SharedServices
{
    /// <summary>
    /// The pipeline, the caller, the policies, the outbound client and the clock. The host registers the <c>NpgsqlDataSource</c>. A
    /// second call changes nothing.
    /// </summary>
    public static IServiceCollection AddHoopShared(this IServiceCollection services, IConfiguration configuration)
    {
        if (HasHoopShared(services))
        {
            return services;
        }

        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new TextArrayHandler());
        ValidatorOptions.Global.PropertyNameResolver = (_, member, _) =>
            member is null ? null : System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name);
        services.AddHttpContextAccessor();
        services.AddSingleton<RequestOrigin>();
        var publicUrl = PublicAddress.From(configuration);
        services.AddSingleton(provider => new PublicAddress(publicUrl, provider.GetService<IServer>()));

        // A scope holds what has a state of its own: the caller, the transaction, what an answer rests on. Whatever only works with these
        // is made where it is asked for: a scope that holds many things cost every request a kilobyte, and a lock for each of them.
        services.AddScoped<CurrentCaller>();
        services.AddTransient<ICaller>(provider => provider.GetRequiredService<CurrentCaller>());
        services.AddScoped(provider => new Db(DatabaseOf(provider)));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Migrator>(provider, DatabaseOf(provider)));
        services.AddSingleton<BackgroundLoops>();
        services.AddHealthChecks().AddCheck<BackgroundHealth>("background", tags: ["ready"]);
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Agreements>(provider, DatabaseOf(provider)));
        services.AddSingleton(new ModuleMigrations("hoop", Migration.In(typeof(SharedServices).Assembly)));
        services.AddHoopMemory(configuration, DatabaseOf);
        services.AddSingleton(RoleGroups.From(configuration));
        services.AddSingleton<OutboundHttp>();
        services.AddSingleton<QuotaMemory>();
        services.AddSingleton<QuotaLimits>();
        services.AddTransient<QuotaCheck>();
        services.AddTransient<BulkDeletion>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new SignatureGate(provider.GetRequiredService<TimeProvider>()));
        services.AddHoopPolicies();
        services.AddTransient<ISender, Sender>();
        services.AddMediatR(mediator => mediator
            .RegisterServicesFromAssembly(typeof(SharedServices).Assembly)
            .AddOpenBehavior(typeof(SignInBehaviour<,>))
            .AddOpenBehavior(typeof(TraceBehaviour<,>), ServiceLifetime.Singleton)
            .AddOpenBehavior(typeof(CallerBehaviour<,>))
            .AddOpenBehavior(typeof(ValidationBehaviour<,>), ServiceLifetime.Singleton)
            .AddOpenBehavior(typeof(AnnounceBehaviour<,>))
            .AddOpenBehavior(typeof(TransactionBehaviour<,>))
            .AddOpenBehavior(typeof(ActionBehaviour<,>)));
        return services;
    }

    /// <summary>
    /// What must be right before anything runs: the schema is brought up to date, then the sealing keys are agreed on. To be called
    /// before the host starts, so that a refusal is one exception and not the failure of a running host.
    /// </summary>
    /// <exception cref="MigrationException">This build cannot work with the database.</exception>
    /// <exception cref="Configuration.ConfigurationException">The sealing key of this database is missing here.</exception>
    public static async Task PrepareHoop(this IServiceProvider services, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<Migrator>().Apply(cancellationToken);
        await (services.GetService<SealingStart>()?.Prepare(cancellationToken) ?? Task.CompletedTask);
    }

    /// <summary>Handlers, validators and migrations of a module, found in its assembly.</summary>
    /// <exception cref="InvalidOperationException"><see cref="AddHoopShared"/> was not called before.</exception>
    public static IServiceCollection AddModule(this IServiceCollection services, Assembly assembly, string schema)
    {
        if (!HasHoopShared(services))
        {
            throw new InvalidOperationException("Call services.AddHoopShared(configuration) before the modules.");
        }

        services.AddMediatR(mediator => mediator.RegisterServicesFromAssembly(assembly));
        services.AddValidatorsFromAssembly(assembly, ServiceLifetime.Singleton, includeInternalTypes: true);
        services.AddSingleton(new ModuleMigrations(schema, Migration.In(assembly)));
        return services;
    }

    private static bool HasHoopShared(IServiceCollection services) => services.Any(service => service.ServiceType == typeof(CurrentCaller));

    private static NpgsqlDataSource DatabaseOf(IServiceProvider services) => services.GetService<NpgsqlDataSource>()
        ?? throw new InvalidOperationException(
            "Hoop needs a database: register an NpgsqlDataSource, for example services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString)).");
}
