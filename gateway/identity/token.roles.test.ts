import type { JWTPayload } from 'jose';
import { rolesOf, type RoleMapping } from './token.roles';

const mapping: RoleMapping = {
  claim: 'roles',
  grants: { 'ml-team': [{ namespace: 'red', role: 'DEVELOPER' }, { namespace: 'blue', role: 'VIEWER' }], ops: ['operator'] },
};
const given = (roles: unknown, overrides: Partial<RoleMapping> = {}) => rolesOf({ roles } as JWTPayload, { ...mapping, ...overrides });
const nobody = { isOperator: false, roles: {} };

describe('the roles of a token', () => {
  it('are read from a list, from a text and from an object', () => {
    const expected = { isOperator: false, roles: { red: 'ADMIN', 'team.a-1': 'VIEWER' } };
    for (const form of [['red:ADMIN', 'team.a-1:VIEWER'], 'red:ADMIN team.a-1:VIEWER', { red: 'ADMIN', 'team.a-1': 'VIEWER' }]) expect(given(form)).toEqual(expected);
  });

  it('are what the groups of the mapping grant, several at a time', () => {
    expect(given(['ml-team', 'unknown group'])).toEqual({ isOperator: false, roles: { red: 'DEVELOPER', blue: 'VIEWER' } });
  });

  it('make an operator by the mapping alone', () => {
    expect(given(['ops'])).toEqual({ isOperator: true, roles: {} });
    for (const form of [['operator'], 'operator', ['*:operator'], { operator: 'true' }, ['operator:ADMIN']]) expect(given(form).isOperator).toBe(false);
  });

  it('are the highest of those named for a namespace, in either order', () => {
    expect(given(['red:VIEWER', 'red:ADMIN', 'red:CALLER']).roles).toEqual({ red: 'ADMIN' });
    expect(given({ red: 'VIEWER' }).roles).toEqual({ red: 'VIEWER' });
  });

  it.each([
    undefined, null, 7, true, [], {}, '', [['red:ADMIN']], [{ red: 'ADMIN' }], ['red:admin'], ['red:OWNER'], ['red:'], [':ADMIN'], ['ADMIN'], ['*:ADMIN'], ['red*:ADMIN'],
    ['RED:ADMIN'], ['red/blue:ADMIN'], ['red:ADMIN '.padEnd(9) + '\n'], [`${'x'.repeat(65)}:ADMIN`], ['__proto__:ADMIN'], ['constructor'], ['toString'], ['hasOwnProperty'], { blue: 1, red: "x" },
  ])('are none for the claim %j', (claim) => {
    expect(given(claim)).toEqual(nobody);
  });

  it('are found at a path, and under a name that holds dots itself', () => {
    const payload = { realm_access: { roles: ['red:CALLER'] }, 'https://example.com/roles': ['blue:ADMIN'] } as unknown as JWTPayload;
    expect(rolesOf(payload, { ...mapping, claim: 'realm_access.roles' }).roles).toEqual({ red: 'CALLER' });
    expect(rolesOf(payload, { ...mapping, claim: 'https://example.com/roles' }).roles).toEqual({ blue: 'ADMIN' });
    for (const claim of ['realm_access.roles.0', 'realm_access.__proto__', 'toString', 'realm_access.roles.length']) expect(rolesOf(payload, { ...mapping, claim })).toEqual(nobody);
  });

  it('end at the two hundredth value', () => {
    const values = Array.from({ length: 201 }, (_, n) => `n${n}:VIEWER`);
    expect(Object.keys(given(values).roles)).toHaveLength(200);
  });
});
