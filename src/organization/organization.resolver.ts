import { Ctx, Query, Resolver } from 'type-graphql';
import { requireRead } from '../graphql/access.js';
import type { RequestContext } from '../http/request-context.js';
import type { Organization } from './organization.js';
import { OrganizationType } from './organization.type.js';

@Resolver()
export class OrganizationResolver {
  constructor(private readonly loadOrganization: (id: string) => Promise<Organization>) {}

  @Query(() => OrganizationType, { description: "The caller's organization and what is configured for it." })
  async organization(@Ctx() context: RequestContext): Promise<OrganizationType> {
    const organization = await this.loadOrganization(requireRead(context).organizationId);
    return {
      ...organization,
      primaryIdentifier: organization.rules.primaryIdentifier,
      tills: [...organization.tills.values()],
    };
  }
}
