import { canMove, isFinal, statesBefore, stepsOf, type Lifecycle } from './lifecycle';

const door: Lifecycle<'OPEN' | 'SHUT' | 'BURNT'> = { OPEN: ['SHUT', 'BURNT'], SHUT: ['OPEN'], BURNT: [] };

describe('a lifecycle table', () => {
  it('allows the steps it names and no others', () => {
    expect(canMove(door, 'SHUT', 'OPEN')).toBe(true);
    expect(canMove(door, 'SHUT', 'BURNT')).toBe(false);
  });

  it('has final states, which nothing leaves', () => {
    expect([isFinal(door, 'BURNT'), isFinal(door, 'OPEN')]).toEqual([true, false]);
    expect(stepsOf(door).from).not.toContain('BURNT');
  });

  it('tells a compare-and-set from where it may come', () => {
    expect(statesBefore(door, 'BURNT')).toEqual(['OPEN']);
    expect(stepsOf(door)).toEqual({ from: ['OPEN', 'OPEN', 'SHUT'], to: ['SHUT', 'BURNT', 'OPEN'] });
  });
});
