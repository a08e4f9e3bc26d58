using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using MediatR;

namespace Hoop.Architecture.Tests.Effects;

/// <summary>
/// Who calls whom, read from the IL of the given types: calls, delegates, the bodies of async methods, every implementation of an
/// interface of theirs, and from a request that is made to the handler that answers it.
/// </summary>
internal sealed class CallGraph
{
    private const BindingFlags Everything =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    private readonly HashSet<Type> _types;
    private readonly Dictionary<MethodBase, List<MethodBase>> _implementations = [];
    private readonly Dictionary<MethodBase, IReadOnlyList<MethodBase>> _calls = [];

    public CallGraph(IEnumerable<Type> types)
    {
        _types = [.. types];
        foreach (var type in _types.Where(type => type is { IsInterface: false, ContainsGenericParameters: false }))
        {
            foreach (var contract in type.GetInterfaces())
            {
                if (HandledBy(contract) is { } request)
                {
                    Handlers.TryAdd(request, type.GetInterfaceMap(contract).TargetMethods[0]);
                }
                else if (_types.Contains(Definition(contract)))
                {
                    var map = type.GetInterfaceMap(contract);
                    foreach (var (method, target) in map.InterfaceMethods.Zip(map.TargetMethods))
                    {
                        Implement(Definition(method), target);
                    }
                }
            }
        }

        foreach (var method in _types.SelectMany(type => type.GetMethods(Everything)).Where(method => method.GetBaseDefinition() != method))
        {
            Implement(Definition(method.GetBaseDefinition()), method);
        }
    }

    /// <summary>By request, or by notification.</summary>
    public Dictionary<Type, MethodBase> Handlers { get; } = [];

    /// <summary>What a method may call next.</summary>
    public IReadOnlyList<MethodBase> CallsOf(MethodBase method)
    {
        if (!_calls.TryGetValue(method, out var calls))
        {
            _calls[method] = calls = [.. Next(method).Distinct()];
        }

        return calls;
    }

    private IEnumerable<MethodBase> Next(MethodBase method)
    {
        if (_implementations.TryGetValue(method, out var implementations))
        {
            foreach (var implementation in implementations)
            {
                yield return implementation;
            }
        }

        if (method.GetCustomAttribute<StateMachineAttribute>() is { } machine)
        {
            yield return Definition(machine.StateMachineType.GetMethod("MoveNext", Everything)!);
        }

        foreach (var called in InstructionsOf(method))
        {
            if (called.DeclaringType is not { } owner || !_types.Contains(Definition(owner)))
            {
                continue;
            }

            yield return Definition(called);
            if (called.IsConstructor && Handlers.TryGetValue(owner, out var handler))
            {
                yield return handler;
            }
        }
    }

    private void Implement(MethodBase method, MethodBase implementation)
    {
        if (!_implementations.TryGetValue(method, out var known))
        {
            _implementations[method] = known = [];
        }

        known.Add(Definition(implementation));
    }

    private static IEnumerable<MethodBase> InstructionsOf(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            yield break;
        }

        var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            short value = code[at++];
            if (value == 0xFE)
            {
                value = unchecked((short)(0xFE00 | code[at++]));
            }

            var operand = OpCodes[value].OperandType;
            if (operand is OperandType.InlineMethod or OperandType.InlineTok
                && method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments) is MethodBase called)
            {
                yield return called;
            }

            at += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    private static Type? HandledBy(Type contract) => contract.IsGenericType
        && contract.GetGenericTypeDefinition() is var definition
        && (
            definition == typeof(IRequestHandler<,>)
                || definition == typeof(IRequestHandler<>)
                || definition == typeof(INotificationHandler<>))
            ? contract.GetGenericArguments()[0]
            : null;

    private static Type Definition(Type type) => type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type;

    // Of List<int>.Add the one that List<T> declares; of Map<int> the one that Map<T> is.
    private static MethodBase Definition(MethodBase method) => method.Module.ResolveMethod(method.MetadataToken)!;
}
