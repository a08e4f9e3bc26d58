using System.Reflection;
using Hoop.Shared.Pipeline;

namespace Hoop.Architecture.Tests.Effects;

/// <summary>
/// What leads to an <see cref="EffectAttribute"/> is an action: a query leaves no row, and a command's row comes too late and holds
/// a transaction open.
/// </summary>
internal static class EffectRules
{
    public static IReadOnlyList<string> Violations(IReadOnlyCollection<Type> types)
    {
        var graph = new CallGraph(types);
        return
        [
            .. graph.Handlers.Keys
                .Where(request => typeof(IUseCase).IsAssignableFrom(request) && !typeof(IAction).IsAssignableFrom(request))
                .OrderBy(request => request.FullName, StringComparer.Ordinal)
                .Select(request => (Request: request, Path: PathToEffect(graph, graph.Handlers[request])))
                .Where(found => found.Path is not null)
                .Select(found => $"{found.Request} is no action, and {found.Path}"),
        ];
    }

    /// <summary>The actions from which an effect is reached; for the proof that the search finds anything.</summary>
    public static IReadOnlyList<Type> Actions(IReadOnlyCollection<Type> types)
    {
        var graph = new CallGraph(types);
        return [.. graph.Handlers.Keys.Where(request => typeof(IAction).IsAssignableFrom(request)
            && PathToEffect(graph, graph.Handlers[request]) is not null)];
    }

    private static string? PathToEffect(CallGraph graph, MethodBase start)
    {
        // An action on the way keeps its own rows.
        var actions = graph.Handlers.Where(handler => typeof(IAction).IsAssignableFrom(handler.Key)).Select(handler => handler.Value)
            .ToHashSet();
        var (from, queue) = (new Dictionary<MethodBase, MethodBase?> { [start] = null }, new Queue<MethodBase>([start]));
        while (queue.TryDequeue(out var method))
        {
            if (method.GetCustomAttribute<EffectAttribute>() is { } effect)
            {
                var path = new List<string>();
                for (MethodBase? step = method; step is not null; step = from[step])
                {
                    // What the compiler made of lambdas and async methods says nothing to a reader.
                    if (!$"{step.DeclaringType?.Name}.{step.Name}".Contains('<', StringComparison.Ordinal))
                    {
                        path.Insert(0, $"{step.DeclaringType?.Name}.{step.Name}");
                    }
                }

                return $"{effect.What}: {string.Join(" > ", path)}";
            }

            foreach (var next in graph.CallsOf(method).Where(next => !actions.Contains(next) && from.TryAdd(next, method)))
            {
                queue.Enqueue(next);
            }
        }

        return null;
    }
}
