import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PageInfoType } from '../graphql/page-info.type.js';
import { DateTime, Decimal } from '../graphql/scalars.js';
import { LedgerKind } from './ledger.js';

registerEnumType(LedgerKind, { name: 'LedgerKind' });

@ObjectType('PointsSummary', { simpleResolvers: true })
export class PointsSummaryType {
  @Field(() => ID)
  programId: string;

  @Field(() => Decimal)
  redeemed: bigint;

  @Field(() => Decimal)
  expired: bigint;

  @Field(() => Decimal)
  returned: bigint;

  @Field(() => Decimal)
  adjusted: bigint;

  @Field(() => Decimal)
  lifetimePoints: bigint;

  @Field(() => Decimal)
  loyaltyPoints: bigint;

  @Field(() => Decimal)
  cumulativePurchases: bigint;

  @Field(() => String, { nullable: true })
  currentSlab: string | null;

  @Field(() => Int, { nullable: true })
  slabSNo: number | null;

  @Field(() => DateTime, { nullable: true })
  slabExpiryDate: number | null;

  @Field(() => String, { nullable: true })
  nextSlab: string | null;

  @Field(() => Int, { nullable: true })
  nextSlabSerialNumber: number | null;

  @Field(() => String, { nullable: true })
  nextSlabDescription: string | null;
}

@ObjectType('LedgerEntry', {
  simpleResolvers: true,
  description:
    "One change of a program's figures, or, where programId is null, of lifetimePurchases (as cumulativePurchases). All are differences.",
})
export class LedgerEntryType {
  @Field(() => ID)
  id: string;

  @Field(() => DateTime)
  at: number;

  @Field(() => LedgerKind)
  kind: LedgerKind;

  @Field(() => ID, { nullable: true })
  programId: string | null;

  @Field(() => Decimal)
  lifetimePoints: bigint;

  @Field(() => Decimal)
  redeemed: bigint;

  @Field(() => Decimal)
  expired: bigint;

  @Field(() => Decimal)
  returned: bigint;

  @Field(() => Decimal)
  adjusted: bigint;

  @Field(() => Decimal)
  cumulativePurchases: bigint;

  @Field(() => String, { nullable: true })
  rule: string | null;

  @Field(() => ID, { nullable: true })
  mergeId: string | null;
}

@ObjectType('LedgerEdge', { simpleResolvers: true })
export class LedgerEdgeType {
  @Field(() => String)
  cursor: string;

  @Field(() => LedgerEntryType)
  node: LedgerEntryType;
}

@ObjectType('LedgerConnection', { simpleResolvers: true })
export class LedgerConnectionType {
  @Field(() => [LedgerEdgeType])
  edges: LedgerEdgeType[];

  @Field(() => PageInfoType)
  pageInfo: PageInfoType;
}
